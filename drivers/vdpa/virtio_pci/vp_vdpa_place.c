// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where does a queue start, and where is it? virtio-pci has no register for that: what is not
 * the first entry is up to struct vpv_place_ops.
 */
#include <linux/errno.h>

#include "vp_vdpa.h"

#define VPV_PLACE_INDEX	(VPV_PLACE_WRAP - 1)

/* Both wrap counters of a packed ring start as 1 */
static u16 vpv_first(const struct vpv_device *vp)
{
	return vpv_has(vp, VIRTIO_F_RING_PACKED) ? VPV_PLACE_WRAP : 0;
}

static bool vpv_is_first(const struct vpv_device *vp, const struct vpv_place *place)
{
	return place->avail == vpv_first(vp) && place->used == vpv_first(vp);
}

bool vpv_queue_moved(const struct vpv_device *vp, u16 idx)
{
	return !vpv_is_first(vp, &vp->queues[idx].place);
}

/* Features were accepted: a place that was not set is the first one */
void vpv_queue_place(struct vpv_device *vp, u16 idx)
{
	struct vpv_place *place = &vp->queues[idx].place;

	lockdep_assert_held(&vp->lock);
	if (!place->avail && !place->used)
		*place = (struct vpv_place) { vpv_first(vp), vpv_first(vp) };
}

static u16 vpv_packed_place(u16 index, bool wrap)
{
	return (index & VPV_PLACE_INDEX) | (wrap ? VPV_PLACE_WRAP : 0);
}

static struct vpv_place vpv_state_to_place(const struct vpv_device *vp,
					   const struct vdpa_vq_state *state)
{
	if (!vpv_has(vp, VIRTIO_F_RING_PACKED))
		return (struct vpv_place) { .avail = state->split.avail_index };
	return (struct vpv_place) {
		vpv_packed_place(state->packed.avail_index, state->packed.avail_wrap),
		vpv_packed_place(state->packed.used_index, state->packed.used_wrap),
	};
}

static void vpv_place_to_state(const struct vpv_device *vp, const struct vpv_place *place,
			       struct vdpa_vq_state *state)
{
	*state = (struct vdpa_vq_state) {};
	if (!vpv_has(vp, VIRTIO_F_RING_PACKED)) {
		state->split.avail_index = place->avail;
		return;
	}
	state->packed.avail_index = place->avail & VPV_PLACE_INDEX;
	state->packed.avail_wrap = place->avail & VPV_PLACE_WRAP;
	state->packed.used_index = place->used & VPV_PLACE_INDEX;
	state->packed.used_wrap = place->used & VPV_PLACE_WRAP;
}

static bool vpv_can_move(const struct vpv_device *vp)
{
	if (!vp->places || !vp->places->moves)
		return false;
	return !vpv_has(vp, VIRTIO_F_RING_PACKED) || vp->packed_places;
}

int vpv_set_vq_state(struct vdpa_device *vdev, u16 idx, const struct vdpa_vq_state *state)
{
	struct vpv_device *vp = vdev_to_vpv(vdev);
	struct vpv_place place;
	int ret;

	mutex_lock(&vp->lock);
	place = vpv_state_to_place(vp, state);
	ret = vpv_queue_change(vp, idx);
	if (!ret && !vpv_is_first(vp, &place) && !vpv_can_move(vp))
		ret = -EOPNOTSUPP;
	if (!ret)
		vp->queues[idx].place = place;
	mutex_unlock(&vp->lock);
	return ret;
}

static int vpv_queue_where(struct vpv_device *vp, u16 idx, struct vpv_place *place)
{
	lockdep_assert_held(&vp->lock);
	*place = vp->queues[idx].place;
	if (!vp->queues[idx].enabled)
		return 0;
	return vp->suspended ? vp->places->where(vp, idx, place) : -EOPNOTSUPP;
}

/* Known as long as the function does not process the queue */
int vpv_get_vq_state(struct vdpa_device *vdev, u16 idx, struct vdpa_vq_state *state)
{
	struct vpv_device *vp = vdev_to_vpv(vdev);
	struct vpv_place place;
	int ret;

	mutex_lock(&vp->lock);
	ret = vpv_queue_where(vp, idx, &place);
	vpv_place_to_state(vp, &place, state);
	mutex_unlock(&vp->lock);
	return ret;
}
