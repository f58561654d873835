/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * find_vqs takes an array of struct virtqueue_info since 6.11; before, arrays of
 * callbacks, names and contexts. A transport implements the new form and writes
 *
 *	VIRTIO_DECLARE_FIND_VQS(fn);		where fn is declared
 *	VIRTIO_DEFINE_FIND_VQS(fn)		after fn's body
 *	.find_vqs = VIRTIO_FIND_VQS(fn),	in its config operations
 *
 * A driver calls virtio_find_vqs() in the new form.
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

/* convert the arrays; ctx may be NULL */
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

static inline int compat_virtio_find_vqs(struct virtio_device *vdev, unsigned int n,
					 struct virtqueue *vqs[], struct virtqueue_info info[],
					 struct irq_affinity *affinity)
{
	vq_callback_t **callbacks = kcalloc(n, sizeof(*callbacks), GFP_KERNEL);
	const char **names = kcalloc(n, sizeof(*names), GFP_KERNEL);
	bool *ctx = kcalloc(n, sizeof(*ctx), GFP_KERNEL);
	int ret = -ENOMEM;

	for (unsigned int i = 0; callbacks && names && ctx && i < n; i++) {
		callbacks[i] = info[i].callback;
		names[i] = info[i].name;
		ctx[i] = info[i].ctx;
	}
	if (callbacks && names && ctx)
		ret = vdev->config->find_vqs(vdev, n, vqs, callbacks, names, ctx, affinity);
	kfree(callbacks);
	kfree(names);
	kfree(ctx);
	return ret;
}

#define virtio_find_vqs compat_virtio_find_vqs

#endif

/*
 * Since 6.18 a virtio device can have virtio_map_ops, which take a union virtio_map; here
 * that is always a DMA device. Before, they are called through dma_map_ops of the DMA
 * device.
 *
 * Remove when 6.12 and older are no longer built for.
 */
#ifdef HAVE_VIRTIO_MAP_OPS

static inline int virtio_map_attach(struct virtio_device *vdev, const struct virtio_map_ops *ops)
{
	vdev->map = ops;
	vdev->vmap.dma_dev = vdev->dev.parent;
	return 0;
}

static inline void virtio_map_detach(struct device *dma_dev) { }

/* must the driver synchronise what is mapped? */
static inline bool virtio_map_need_sync(struct virtio_device *vdev)
{
	return vdev->map && vdev->map->need_sync(vdev->vmap, 0);
}

#else

#include <linux/dma-map-ops.h>
#include <linux/dma-mapping.h>
#include <linux/slab.h>
#include <linux/string.h>

union virtio_map {
	struct device *dma_dev;
};

struct virtio_map_ops {
	dma_addr_t (*map_page)(union virtio_map map, struct page *page, unsigned long offset,
			       size_t size, enum dma_data_direction dir, unsigned long attrs);
	void (*unmap_page)(union virtio_map map, dma_addr_t addr, size_t size,
			   enum dma_data_direction dir, unsigned long attrs);
	void (*sync_single_for_cpu)(union virtio_map map, dma_addr_t addr, size_t size,
				    enum dma_data_direction dir);
	void (*sync_single_for_device)(union virtio_map map, dma_addr_t addr, size_t size,
				       enum dma_data_direction dir);
	void *(*alloc)(union virtio_map map, size_t size, dma_addr_t *addr, gfp_t gfp);
	void (*free)(union virtio_map map, size_t size, void *at, dma_addr_t addr,
		     unsigned long attrs);
	bool (*need_sync)(union virtio_map map, dma_addr_t addr);
	int (*mapping_error)(union virtio_map map, dma_addr_t addr);
	size_t (*max_mapping_size)(union virtio_map map);
};

/* What dev->dma_ops points to; freed by virtio_map_detach() */
struct compat_virtio_map {
	const struct dma_map_ops dma;
	const struct virtio_map_ops *ops;
};

static inline const struct virtio_map_ops *compat_virtio_map(struct device *dev)
{
	return container_of(get_dma_ops(dev), struct compat_virtio_map, dma)->ops;
}

#define COMPAT_VIRTIO_MAP(dev)	((union virtio_map) { .dma_dev = (dev) })

static inline dma_addr_t compat_virtio_map_page(struct device *dev, struct page *page,
						unsigned long offset, size_t size,
						enum dma_data_direction dir, unsigned long attrs)
{
	const struct virtio_map_ops *ops = compat_virtio_map(dev);
	dma_addr_t addr = ops->map_page(COMPAT_VIRTIO_MAP(dev), page, offset, size, dir, attrs);

	return ops->mapping_error(COMPAT_VIRTIO_MAP(dev), addr) ? DMA_MAPPING_ERROR : addr;
}

static inline void compat_virtio_unmap_page(struct device *dev, dma_addr_t addr, size_t size,
					    enum dma_data_direction dir, unsigned long attrs)
{
	compat_virtio_map(dev)->unmap_page(COMPAT_VIRTIO_MAP(dev), addr, size, dir, attrs);
}

static inline void compat_virtio_sync_for_cpu(struct device *dev, dma_addr_t addr, size_t size,
					      enum dma_data_direction dir)
{
	compat_virtio_map(dev)->sync_single_for_cpu(COMPAT_VIRTIO_MAP(dev), addr, size, dir);
}

static inline void compat_virtio_sync_for_device(struct device *dev, dma_addr_t addr, size_t size,
						 enum dma_data_direction dir)
{
	compat_virtio_map(dev)->sync_single_for_device(COMPAT_VIRTIO_MAP(dev), addr, size, dir);
}

static inline void *compat_virtio_alloc(struct device *dev, size_t size, dma_addr_t *addr,
					gfp_t gfp, unsigned long attrs)
{
	return compat_virtio_map(dev)->alloc(COMPAT_VIRTIO_MAP(dev), size, addr, gfp);
}

static inline void compat_virtio_free(struct device *dev, size_t size, void *at, dma_addr_t addr,
				      unsigned long attrs)
{
	compat_virtio_map(dev)->free(COMPAT_VIRTIO_MAP(dev), size, at, addr, attrs);
}

static inline size_t compat_virtio_max_mapping_size(struct device *dev)
{
	return compat_virtio_map(dev)->max_mapping_size(COMPAT_VIRTIO_MAP(dev));
}

/*
 * Since 6.10 a device is known to need no synchronisation (dma_skip_sync) by the operations
 * that it had when its mask was set: that is done again.
 */
static inline void compat_virtio_set_ops(struct device *dev, const struct dma_map_ops *ops)
{
	set_dma_ops(dev, ops);
	if (dev->dma_mask)
		dma_set_mask(dev, *dev->dma_mask);
}

static inline int virtio_map_attach(struct virtio_device *vdev, const struct virtio_map_ops *ops)
{
	const struct compat_virtio_map filled = {
		.dma = {
			.map_page = compat_virtio_map_page,
			.unmap_page = compat_virtio_unmap_page,
			.sync_single_for_cpu = compat_virtio_sync_for_cpu,
			.sync_single_for_device = compat_virtio_sync_for_device,
			.alloc = compat_virtio_alloc,
			.free = compat_virtio_free,
			.max_mapping_size = compat_virtio_max_mapping_size,
		},
		.ops = ops,
	};
	struct compat_virtio_map *map = kmemdup(&filled, sizeof(filled), GFP_KERNEL);

	if (!map)
		return -ENOMEM;
	compat_virtio_set_ops(vdev->dev.parent, &map->dma);
	return 0;
}

/* must the driver synchronise what is mapped? */
static inline bool virtio_map_need_sync(struct virtio_device *vdev)
{
	return dma_need_sync(vdev->dev.parent, 0);
}

static inline void virtio_map_detach(struct device *dma_dev)
{
	const struct compat_virtio_map *map = container_of(get_dma_ops(dma_dev),
							   struct compat_virtio_map, dma);

	compat_virtio_set_ops(dma_dev, NULL);
	kfree(map);
}

#endif

/*
 * More than 64 feature bits, for transports that can get them (6.17). One writes
 *
 *	VIRTIO_DEFINE_EXTENDED_FEATURES(fn) { ... }	fills u64 features[] of vdev
 *	VIRTIO_EXTENDED_FEATURES(fn)			in its config operations
 *
 * Remove when 6.12 and older are no longer built for.
 */
#ifdef HAVE_VIRTIO_EXTENDED_FEATURES

#define VIRTIO_DEFINE_EXTENDED_FEATURES(fn)				\
	static void fn(struct virtio_device *vdev, u64 *features)
#define VIRTIO_EXTENDED_FEATURES(fn)	.get_extended_features = fn,

/* What was negotiated, VIRTIO_FEATURES_U64S words of it */
static inline u64 *virtio_features(struct virtio_device *vdev)
{
	return vdev->features_array;
}

#else

#define VIRTIO_FEATURES_U64S	1
#define VIRTIO_DEFINE_EXTENDED_FEATURES(fn)				\
	static inline void fn(struct virtio_device *vdev, u64 *features)
#define VIRTIO_EXTENDED_FEATURES(fn)

static inline u64 *virtio_features(struct virtio_device *vdev)
{
	return &vdev->features;
}

#endif
#endif /* _COMPAT_LINUX_VIRTIO_CONFIG_H */
