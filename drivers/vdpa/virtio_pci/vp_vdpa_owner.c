// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is a VF stopped, and how does it continue at another ring index, by its owner's commands?
 *
 * A stopped VF has completed all that it had taken from its rings, so the place of a split
 * ring is its used index. There is no part for a place: a VF finds it in memory when it is
 * resumed after its parts were set (Documentation/device-parts.rst). To make it do so,
 * its queues are enabled while it is stopped, and it is given its own parts. The place in a
 * packed ring is in this project's own part, if the VF has it, and is written there.
 *
 * The owner's driver is found at run time: there may be two of them, or none.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/virtio_device_parts.h>
#include <linux/virtio_pci_admin.h>

#include "vp_vdpa.h"

#define VPV_PARTS_MAX	SZ_1M

/* --- which driver has the PF --- */

static bool vpv_admin_serves(const struct virtio_pci_admin_calls *admin, struct pci_dev *pdev)
{
	/* symbol_get() does not check the symbol's CRC */
	if (admin->size != sizeof(*admin) || admin->abi != VIRTIO_PCI_ADMIN_ABI) {
		pci_warn(pdev, "commands of the PF's driver ignored: its interface is of another version, reinstall both modules (abi %u, size %zu; here %u, %zu)\n",
			 admin->abi, admin->size, VIRTIO_PCI_ADMIN_ABI, sizeof(*admin));
		return false;
	}
	return admin->has_dev_parts(pdev);
}

static void vpv_admin_put(struct vpv_device *vp)
{
	if (!vp->admin)
		return;
	if (vp->admin_is_vpo)
		symbol_put(vpo_admin_calls);
	else
		symbol_put(vp_admin_calls);
	vp->admin = NULL;
}

/* A PF keeps its driver while it has VFs */
static int vpv_owner_find(struct vpv_device *vp)
{
	struct pci_dev *pdev = vp->func->pdev;

	if (!pdev->is_virtfn)
		return -EOPNOTSUPP;
	for (int i = 0; i < 2; i++) {
		vp->admin_is_vpo = !i;
		vp->admin = vp->admin_is_vpo ? symbol_get(vpo_admin_calls) :
					       symbol_get(vp_admin_calls);
		if (vp->admin && vpv_admin_serves(vp->admin, pdev))
			return 0;
		vpv_admin_put(vp);
	}
	return -EOPNOTSUPP;
}

/* --- commands --- */

static int vpv_owner_mode(struct vpv_device *vp, bool stop)
{
	int ret;

	ret = virtio_errno(vp->admin->mode_set(vp->func->pdev,
					       stop ? VIRTIO_ADMIN_ABI_MODE_STOPPED : 0));
	if (!ret)
		vp->stopped = stop;
	/* the command may be executed later */
	else if (ret == -ETIMEDOUT || ret == -EINTR)
		vp->stopped = true;
	if (ret)
		dev_err_ratelimited(&vp->vdev.dev, "%s the function by a command of its PF failed (%d)\n",
				    stop ? "stopping" : "resuming", ret);
	return ret;
}

/* The function has been reset, or is dead */
static void vpv_owner_put(struct vpv_device *vp)
{
	/* the function's next driver knows nothing of it */
	if (vp->stopped)
		vpv_owner_mode(vp, false);
	vpv_admin_put(vp);
}

/* Return: the id of a new object that gets or sets parts, or a negative errno */
static int vpv_object_create(struct vpv_device *vp, u8 kind, u32 *id)
{
	if (READ_ONCE(vp->leaving))
		return -ENODEV;
	return virtio_errno(vp->admin->obj_create(vp->func->pdev, VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS,
						  kind, id));
}

/* On failure the owner keeps the id and destroys the object later */
static void vpv_object_destroy(struct vpv_device *vp, u32 id)
{
	vp->admin->obj_destroy(vp->func->pdev, VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS, id);
}

/* What DEV_PARTS_SET takes: an object's header, and parts */
struct vpv_parts {
	struct virtio_admin_abi_obj *data;
	u32 len;			/* of the parts */
};

static int vpv_parts_get_by(struct vpv_device *vp, u32 id, struct vpv_parts *parts)
{
	struct pci_dev *pdev = vp->func->pdev;
	struct scatterlist list;
	int ret;

	ret = virtio_errno(vp->admin->dev_parts_metadata_get(pdev, VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS,
							     id, VIRTIO_ADMIN_ABI_METADATA_SIZE,
							     &parts->len));
	if (ret)
		return ret;
	if (!parts->len || parts->len > VPV_PARTS_MAX)
		return -EIO;
	parts->data = kzalloc(sizeof(*parts->data) + parts->len, GFP_KERNEL);
	if (!parts->data)
		return -ENOMEM;
	sg_init_one(&list, parts->data + 1, parts->len);
	return virtio_errno(vp->admin->dev_parts_get(pdev, VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS, id,
						     VIRTIO_ADMIN_ABI_PARTS_ALL, &list,
						     &parts->len));
}

/* The caller frees parts->data, also after an error */
static int vpv_parts_get(struct vpv_device *vp, struct vpv_parts *parts)
{
	u32 id;
	int ret = vpv_object_create(vp, VIRTIO_ADMIN_ABI_OBJ_GET, &id);

	if (ret)
		return ret;
	ret = vpv_parts_get_by(vp, id, parts);
	vpv_object_destroy(vp, id);
	return ret;
}

static int vpv_parts_set(struct vpv_device *vp, const struct vpv_parts *parts)
{
	struct scatterlist list;
	u32 id;
	int ret = vpv_object_create(vp, VIRTIO_ADMIN_ABI_OBJ_SET, &id);

	if (ret)
		return ret;
	*parts->data = (struct virtio_admin_abi_obj) {
		.type = cpu_to_le16(VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS),
		.id = cpu_to_le32(id),
	};
	sg_init_one(&list, parts->data, sizeof(*parts->data) + parts->len);
	ret = virtio_errno(vp->admin->dev_parts_set(vp->func->pdev, &list));
	vpv_object_destroy(vp, id);
	return ret;
}

/* --- packed rings --- */

static bool vpv_has_own_part(struct vpv_device *vp)
{
	struct vpv_parts parts = {};
	bool there;

	there = !vpv_parts_get(vp, &parts) && vpv_own_there((u8 *)(parts.data + 1), parts.len);
	kfree(parts.data);
	return there;
}

/* The VF is stopped: remember where its queues are */
static int vpv_packed_remember(struct vpv_device *vp)
{
	struct vpv_parts parts = {};
	int ret;

	ret = vpv_parts_get(vp, &parts);
	mutex_lock(&vp->lock);
	for (u32 i = 0; i < vp->vdev.info.nvqs && !ret; i++) {
		struct vpv_queue *queue = &vp->queues[i];

		if (queue->enabled && !vpv_own_get((u8 *)(parts.data + 1), parts.len,
						   queue->index, &queue->stopped_at))
			ret = -EIO;
	}
	mutex_unlock(&vp->lock);
	kfree(parts.data);
	return ret;
}

/* Queues that are enabled and not live yet start where they were told; others go on */
static int vpv_packed_move(struct vpv_device *vp, struct vpv_parts *parts)
{
	int ret = 0;

	mutex_lock(&vp->lock);
	for (u32 i = 0; i < vp->vdev.info.nvqs && !ret; i++) {
		struct vpv_queue *queue = &vp->queues[i];

		if (queue->enabled && !queue->live &&
		    !vpv_own_set((u8 *)(parts->data + 1), parts->len, queue->index,
				 &queue->place))
			ret = -EIO;
	}
	mutex_unlock(&vp->lock);
	return ret;
}

/* --- operations --- */

static int vpv_owner_get(struct vpv_device *vp)
{
	int ret = vpv_owner_find(vp);

	if (ret)
		return ret;
	if (vp->vdev.info.features & BIT_ULL(VIRTIO_F_RING_PACKED))
		vp->packed_places = vpv_has_own_part(vp);
	return 0;
}

/* After a time-out the function may be in either mode: it needs a reset */
static int vpv_owner_suspend(struct vpv_device *vp)
{
	int ret = vpv_owner_mode(vp, true);

	if (!ret && vp->packed_places && vpv_has(vp, VIRTIO_F_RING_PACKED)) {
		ret = vpv_packed_remember(vp);
		if (ret)
			ret = vpv_owner_mode(vp, false) ?: ret;
	}
	if (ret && vp->stopped)
		vpv_lost(vp);
	return ret;
}

static int vpv_owner_resume(struct vpv_device *vp)
{
	return vpv_owner_mode(vp, false);
}

/* A reset of the function does not resume it: its mode is the owner's */
static int vpv_owner_begin(struct vpv_device *vp, bool moved)
{
	if (moved)
		return vpv_owner_suspend(vp);
	return vp->stopped ? vpv_owner_mode(vp, false) : 0;
}

static int vpv_packed_place_ok(struct vpv_device *vp, const struct vpv_queue *queue)
{
	u16 num = queue->num ?: queue->num_max;

	if ((queue->place.avail & ~VPV_PLACE_WRAP) < num &&
	    (queue->place.used & ~VPV_PLACE_WRAP) < num)
		return 0;
	dev_notice_ratelimited(&vp->vdev.dev, "queue %u cannot start at 0x%x, 0x%x: it has %u entries\n",
			       queue->index, queue->place.avail, queue->place.used, num);
	return -EINVAL;
}

/* The function takes the index in memory, so the user must have asked for that one */
static int vpv_owner_place(struct vpv_device *vp, u16 idx, bool moved)
{
	u16 place = vp->queues[idx].place.avail, used;
	int ret;

	if (!moved)
		return 0;
	if (vpv_has(vp, VIRTIO_F_RING_PACKED))
		return vpv_packed_place_ok(vp, &vp->queues[idx]);
	ret = vpv_ring_used(vp, idx, &used);
	if (ret) {
		dev_notice_ratelimited(&vp->vdev.dev, "queue %u cannot start at entry %u: its ring cannot be read (%d)\n",
				       idx, place, ret);
		return ret;
	}
	if (used == place)
		return 0;
	dev_notice_ratelimited(&vp->vdev.dev, "queue %u cannot start at entry %u: its used index is %u\n",
			       idx, place, used);
	return -EINVAL;
}

static int vpv_owner_commit(struct vpv_device *vp)
{
	struct vpv_parts parts = {};
	int ret;

	ret = vpv_parts_get(vp, &parts);
	if (!ret && vpv_has(vp, VIRTIO_F_RING_PACKED))
		ret = vpv_packed_move(vp, &parts);
	if (!ret)
		ret = vpv_parts_set(vp, &parts);
	kfree(parts.data);
	if (!ret)
		ret = vpv_owner_mode(vp, false);
	if (!ret)
		return 0;
	dev_err_ratelimited(&vp->vdev.dev, "queues cannot start where their rings are (%d): a reset is needed\n",
			    ret);
	vpv_lost(vp);
	return ret;
}

static int vpv_owner_where(struct vpv_device *vp, u16 idx, struct vpv_place *place)
{
	if (!vpv_has(vp, VIRTIO_F_RING_PACKED) || !vp->packed_places)
		return vpv_ring_where(vp, idx, place);
	*place = vp->queues[idx].stopped_at;
	return 0;
}

const struct vpv_place_ops vpv_owner_places = {
	.get = vpv_owner_get,
	.put = vpv_owner_put,
	.moves = true,
	.suspend = vpv_owner_suspend,
	.resume = vpv_owner_resume,
	.begin = vpv_owner_begin,
	.place = vpv_owner_place,
	.commit = vpv_owner_commit,
	.where = vpv_owner_where,
};
