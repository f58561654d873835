/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * find_vqs takes an array of struct virtqueue_info since 6.11; before, arrays of
 * callbacks, names and contexts. A transport writes the new form and says
 *
 *	VIRTIO_DECLARE_FIND_VQS(fn);		where fn is declared
 *	VIRTIO_DEFINE_FIND_VQS(fn)		behind fn's body
 *	.find_vqs = VIRTIO_FIND_VQS(fn),	in its config operations
 *
 * Remove when 6.6 and older are no longer built for.
 */
#ifndef _COMPAT_LINUX_VIRTIO_CONFIG_H
#define _COMPAT_LINUX_VIRTIO_CONFIG_H

#include_next <linux/virtio_config.h>
#include <compat_probes.h>

#ifdef HAVE_VIRTQUEUE_INFO

#define VIRTIO_DECLARE_FIND_VQS(fn)					\
	int fn(struct virtio_device *vdev, unsigned int n, struct virtqueue *vqs[], \
	       struct virtqueue_info info[], struct irq_affinity *affinity)
#define VIRTIO_DEFINE_FIND_VQS(fn)
#define VIRTIO_FIND_VQS(fn) fn

#else

#include <linux/slab.h>

struct virtqueue_info {
	const char *name;
	vq_callback_t *callback;
	bool ctx;
};

#define VIRTIO_DECLARE_FIND_VQS(fn)					\
	int fn##_arrays(struct virtio_device *vdev, unsigned int n,	\
			struct virtqueue *vqs[], vq_callback_t *callbacks[], \
			const char * const names[], const bool *ctx,	\
			struct irq_affinity *affinity);			\
	int fn(struct virtio_device *vdev, unsigned int n, struct virtqueue *vqs[], \
	       struct virtqueue_info info[], struct irq_affinity *affinity)

/* what the arrays say of each queue; ctx may be NULL */
static inline struct virtqueue_info *
virtio_compat_info(unsigned int n, vq_callback_t *callbacks[], const char * const names[],
		   const bool *ctx)
{
	struct virtqueue_info *info = kcalloc(n, sizeof(*info), GFP_KERNEL);

	for (unsigned int i = 0; info && i < n; i++) {
		info[i].name = names[i];
		info[i].callback = callbacks[i];
		info[i].ctx = ctx && ctx[i];
	}
	return info;
}

#define VIRTIO_DEFINE_FIND_VQS(fn)					\
	int fn##_arrays(struct virtio_device *vdev, unsigned int n,	\
			struct virtqueue *vqs[], vq_callback_t *callbacks[], \
			const char * const names[], const bool *ctx,	\
			struct irq_affinity *affinity)			\
	{								\
		struct virtqueue_info *info =				\
			virtio_compat_info(n, callbacks, names, ctx);	\
		int ret = info ? fn(vdev, n, vqs, info, affinity) : -ENOMEM; \
									\
		kfree(info);						\
		return ret;						\
	}
#define VIRTIO_FIND_VQS(fn) fn##_arrays

#endif
#endif /* _COMPAT_LINUX_VIRTIO_CONFIG_H */
