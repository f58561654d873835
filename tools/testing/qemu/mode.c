// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How is a VF stopped, and how does it go on? ("DEV_MODE_SET")
 *
 * Stopped it has given back all that it took from its rings, and does nothing
 * by itself. Where it is in a ring that was told to it meanwhile, it finds in
 * memory when it goes on.
 */
#include "qemu/osdep.h"
#include "qemu/bitops.h"
#include "parts.h"

bool card_vf_stopped(const struct card_vf *vf)
{
	return vf->func.quiet & BIT(CARD_QUIET_STOPPED);
}

bool card_vf_stop(struct card_vf *vf)
{
	if (card_vf_stopped(vf))
		return true;
	if (!QTAILQ_EMPTY(&vf->func.held))
		return false;
	card_quiet_begin(&vf->func, CARD_QUIET_STOPPED);
	vf->stopped_generation = vf->func.vdev->generation;
	card_func_update_disabled(&vf->func);
	return true;
}

static bool places_known(struct card_vf *vf)
{
	VirtIODevice *vdev = vf->func.vdev;

	if (!virtio_vdev_has_feature(vdev, VIRTIO_F_RING_PACKED))
		return true;
	for (unsigned int i = 0; i < VIRTIO_QUEUE_MAX; i++) {
		const struct card_place *place = &vf->places[i];
		unsigned int size = virtio_queue_get_num(vdev, i);

		if (place->moved && (!place->known ||
				     (place->next_avail & OWN_PLACE_MASK) >= size ||
				     (place->next_used & OWN_PLACE_MASK) >= size))
			return false;
	}
	return true;
}

/* "used idx" of a split ring: all that was taken before it was given back. */
static void find_place(VirtIODevice *vdev, unsigned int index, const struct card_place *place)
{
	if (virtio_vdev_has_feature(vdev, VIRTIO_F_RING_PACKED)) {
		virtio_queue_set_last_avail_idx(vdev, index, (uint32_t)place->next_used << 16 |
						place->next_avail);
	} else {
		virtio_queue_restore_last_avail_idx(vdev, index);
		virtio_queue_update_used_idx(vdev, index);
	}
	virtio_queue_invalidate_signalled_used(vdev, index);
}

static void find_places(struct card_vf *vf)
{
	for (unsigned int i = 0; i < VIRTIO_QUEUE_MAX; i++)
		if (vf->places[i].moved)
			find_place(vf->func.vdev, i, &vf->places[i]);
	card_vf_forget_places(vf);
}

static bool has_master(struct card_vf *vf)
{
	return pci_get_word(PCI_DEVICE(vf)->config + PCI_COMMAND) & PCI_COMMAND_MASTER;
}

static void go_on(struct card_vf *vf)
{
	const struct card_type *type = card_func_type(&vf->func);
	VirtIODevice *vdev = vf->func.vdev;
	bool moved = vf->parts_were_set;

	vf->parts_were_set = false;
	find_places(vf);
	if (moved && type->arrived && vdev->status & VIRTIO_CONFIG_S_DRIVER_OK)
		type->arrived(vdev);
	card_quiet_end(&vf->func, CARD_QUIET_NO_MEMORY);
}

bool card_vf_resume(struct card_vf *vf)
{
	VirtIODevice *vdev = vf->func.vdev;

	if (!card_vf_stopped(vf))
		return true;
	if (!places_known(vf))
		return false;
	/* It stays quiet until the rings can be read. */
	card_quiet_begin(&vf->func, CARD_QUIET_NO_MEMORY);
	card_quiet_end(&vf->func, CARD_QUIET_STOPPED);
	card_func_update_disabled(&vf->func);
	if (vdev->generation != vf->stopped_generation)
		virtio_notify_config(vdev);
	if (has_master(vf))
		go_on(vf);
	return true;
}

void card_vf_memory_on(struct card_func *func)
{
	struct card_vf *vf = CARD_VF(func);

	if (func->quiet & BIT(CARD_QUIET_NO_MEMORY) && has_master(vf))
		go_on(vf);
}

void card_vf_forget_places(struct card_vf *vf)
{
	memset(vf->places, 0, sizeof(vf->places));
}

void card_vf_mode_reset(struct card_vf *vf)
{
	vf->parts_were_set = false;
	card_vf_forget_places(vf);
	card_quiet_end(&vf->func, CARD_QUIET_STOPPED);
	card_quiet_end(&vf->func, CARD_QUIET_NO_MEMORY);
	card_func_update_disabled(&vf->func);
}
