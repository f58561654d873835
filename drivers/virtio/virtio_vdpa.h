/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of virtio_vdpa.ko share. */
#ifndef VIRTIO_VDPA_H
#define VIRTIO_VDPA_H

#include <linux/spinlock.h>
#include <linux/vdpa.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/workqueue.h>

struct cpumask;
struct irq_affinity;

struct virtio_vdpa {
	struct virtio_device vdev;
	struct vdpa_device *vdpa;
	/* protects vqs and its entries against virtio_vdpa_break_vqs() */
	spinlock_t vqs_lock;
	struct virtqueue **vqs;		/* vdpa->info.nvqs entries, NULL where there is no queue */
	bool lost;			/* the last reset failed */
	struct work_struct work;	/* registers vdev */
	/* written by the work */
	bool added;			/* vdev is initialized: put_device() frees it */
	bool registered;
};

static inline struct virtio_vdpa *to_virtio_vdpa(struct virtio_device *vdev)
{
	return container_of(vdev, struct virtio_vdpa, vdev);
}

static inline struct vdpa_device *vdev_to_vdpa(struct virtio_device *vdev)
{
	return to_virtio_vdpa(vdev)->vdpa;
}

extern const struct virtio_config_ops virtio_vdpa_ops;

/* queues: virtio_vdpa_queue.c */
VIRTIO_DECLARE_FIND_VQS(virtio_vdpa_find_vqs);
void virtio_vdpa_del_vqs(struct virtio_device *vdev);
void virtio_vdpa_break_vqs(struct virtio_vdpa *vv);
int virtio_vdpa_disable_vq(struct virtqueue *vq);
int virtio_vdpa_enable_vq(struct virtqueue *vq);
void virtio_vdpa_synchronize_cbs(struct virtio_device *vdev);

/* the device stopped responding: virtio_vdpa_abort.c */
void virtio_vdpa_abort(struct virtio_vdpa *vv);

/* CPUs of the queues: virtio_vdpa_affinity.c */
int virtio_vdpa_set_affinity(struct virtqueue *vq, const struct cpumask *mask);
const struct cpumask *virtio_vdpa_get_affinity(struct virtio_device *vdev, int index);
void virtio_vdpa_spread(struct virtio_vdpa *vv, const struct irq_affinity *affinity);

#endif /* VIRTIO_VDPA_H */
