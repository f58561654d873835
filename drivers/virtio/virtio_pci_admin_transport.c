// SPDX-License-Identifier: GPL-2.0-only
/*
 * When does an owner device accept admin commands? The functions that the transport
 * calls: virtio_pci_admin_transport.h has their order, virtio_pci_admin_priv.h states
 * and locks.
 */
#include <linux/errno.h>
#include <linux/pci.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_pci.h>
#include <linux/virtio_ring.h>
#include <xen/xen.h>

#include "virtio_pci.h"
#include "virtio_pci_admin_priv.h"

/* vp_avq::check_alive */
static int vp_admin_check_alive(struct vp_avq *avq)
{
	struct vp_device *vp = container_of(avq, struct vp_admin, avq)->vp;
	u8 status = vp->kind->get_status(vp);

	if (vp_gone(vp))
		return -ENODEV;
	if (status & VIRTIO_CONFIG_S_DRIVER_OK && !(status & VIRTIO_CONFIG_S_NEEDS_RESET))
		return 0;
	/* "the driver can't assume requests in flight will be completed" */
	dev_err_ratelimited(avq->dev, "admin queue closed: device status 0x%x, unusable until the device is reset\n",
			    status);
	return -EIO;
}

int vp_admin_create(struct vp_device *vp)
{
	struct vp_admin *admin;

	vp->admin = NULL;
	if (!vp_modern_offers_admin(vp))
		return 0;
	admin = vp_admin_alloc(vp->pci_dev);
	if (!admin)
		return -ENOMEM;
	admin->vp = vp;
	if (vp_avq_init(&admin->avq, &vp->pci_dev->dev, vp_admin_check_alive)) {
		vp_admin_put(admin);
		return -ENOMEM;
	}
	vp_admin_stats_create(admin);
	vp->admin = admin;
	vp_admin_register(admin);
	return 0;
}

static void vp_admin_params(struct vp_device *vp, u16 vector, struct vp_avq_params *params)
{
	struct virtio_device *vdev = &vp->vdev;

	params->packed = virtio_has_feature(vdev, VIRTIO_F_RING_PACKED);
	params->event_idx = virtio_has_feature(vdev, VIRTIO_RING_F_EVENT_IDX);
	params->indirect = virtio_has_feature(vdev, VIRTIO_RING_F_INDIRECT_DESC);
	/* the virtio core's rule: under Xen the DMA API is always used */
	params->physical = !virtio_has_feature(vdev, VIRTIO_F_ACCESS_PLATFORM) && !xen_domain();
	params->notify_data = virtio_has_feature(vdev, VIRTIO_F_NOTIFICATION_DATA);
	params->interrupt = vector != VIRTIO_MSI_NO_VECTOR;
}

static int vp_admin_enable_queue(struct vp_device *vp, u16 vector)
{
	struct vp_avq *avq = &vp->admin->avq;

	avq->doorbell = vp_modern_queue_doorbell(vp, avq->index);
	if (!avq->doorbell)
		return -EINVAL;
	return vp_modern_queue_enable(vp, avq->index, avq->ring.num, vector, avq->ring_dma,
				      avq->ring_dma + avq->layout.driver,
				      avq->ring_dma + avq->layout.device);
}

int vp_admin_setup_queue(struct vp_device *vp, u16 vector)
{
	struct vp_avq_params params = {};
	int ret;

	if (!vp->admin || !virtio_has_feature(&vp->vdev, VIRTIO_F_ADMIN_VQ))
		return 0;
	ret = vp_modern_admin_queue(vp, &params.index);
	if (ret)
		return ret;
	params.num = vp_modern_queue_max(vp, params.index);
	vp_admin_params(vp, vector, &params);
	ret = vp_avq_alloc(&vp->admin->avq, &params);
	if (ret)
		return ret;
	ret = vp_admin_enable_queue(vp, vector);
	if (ret == -EBUSY) {
		/* the device has no vector for it: poll for answers */
		vp_avq_without_interrupt(&vp->admin->avq);
		ret = vp_admin_enable_queue(vp, VIRTIO_MSI_NO_VECTOR);
	}
	if (ret)
		vp_avq_free(&vp->admin->avq);
	return ret;
}

void vp_admin_ready(struct vp_device *vp)
{
	if (vp->admin)
		vp_avq_open(&vp->admin->avq, vp->admin->num_vfs);
}

void vp_admin_quiesce(struct vp_device *vp)
{
	struct vp_admin *admin = vp->admin;

	if (!admin)
		return;
	vp_avq_close(&admin->avq, vp_gone(vp) ? -ENODEV : -EIO);
	/* a reset clears the device's lists of commands in use */
	vp_avq_reset_begin(&admin->avq);
}

void vp_admin_reset_done(struct vp_device *vp)
{
	if (vp->admin)
		vp_avq_reset_done(&vp->admin->avq);
}

void vp_admin_del_queue(struct vp_device *vp)
{
	if (!vp->admin)
		return;
	/* in case find_vqs failed half way, without a reset */
	vp_avq_close(&vp->admin->avq, -ENODEV);
	vp_avq_free(&vp->admin->avq);
}

void vp_admin_destroy(struct vp_device *vp)
{
	struct vp_admin *admin = vp->admin;

	if (!admin)
		return;
	vp_admin_del_queue(vp);
	vp_admin_unregister(admin);
	vp_admin_stats_destroy(admin);
	vp_avq_exit(&admin->avq);
	vp->admin = NULL;
	admin->vp = NULL;
	vp_admin_put(admin);
}

int vp_admin_vfs_prepare(struct vp_device *vp, unsigned int num_vfs)
{
	struct vp_admin *admin = vp->admin;

	if (!admin)
		return 0;
	for (unsigned int id = 1; id <= min(num_vfs, admin->max_members); id++)
		if (!vp_admin_member(admin, id))
			return -ENOMEM;
	admin->num_vfs = num_vfs;
	vp_avq_share(&admin->avq, num_vfs);
	vp_admin_stats_members(admin, num_vfs);
	vp_avq_gate_open(&admin->avq, &admin->group[VIRTIO_ADMIN_GROUP_TYPE_SRIOV].gate);
	return 0;
}

void vp_admin_vfs_gone(struct vp_device *vp)
{
	struct vp_admin *admin = vp->admin;
	struct vp_avq_gate *gate;

	if (!admin)
		return;
	gate = &admin->group[VIRTIO_ADMIN_GROUP_TYPE_SRIOV].gate;
	admin->num_vfs = 0;
	vp_avq_gate_close(&admin->avq, gate);
	if (!vp_avq_gate_drain(&admin->avq, gate, vp_admin_timeout()) &&
	    !READ_ONCE(admin->avq.err))
		dev_warn(&admin->pdev->dev,
			 "VFs disabled while %u of their admin commands are outstanding\n",
			 gate->held);
	vp_admin_stats_members(admin, 0);
	vp_avq_share(&admin->avq, 0);
}

irqreturn_t vp_admin_interrupt(int irq, void *data)
{
	struct vp_admin *admin = data;

	return vp_avq_interrupt(&admin->avq) ? IRQ_HANDLED : IRQ_NONE;
}
