// SPDX-License-Identifier: GPL-2.0-only
/* Which processors is a queue for? */
#include <linux/cpumask.h>
#include <linux/interrupt.h>
#include <linux/slab.h>

#include "virtio_vdpa.h"

/* A wish: the queues work without it */
int virtio_vdpa_set_affinity(struct virtqueue *vq, const struct cpumask *mask)
{
	struct vdpa_device *vdpa = vdev_to_vdpa(vq->vdev);

	if (!vdpa->config->set_vq_affinity)
		return 0;
	return vdpa->config->set_vq_affinity(vdpa, vq->index, mask);
}

const struct cpumask *virtio_vdpa_get_affinity(struct virtio_device *vdev, int index)
{
	struct vdpa_device *vdpa = vdev_to_vdpa(vdev);

	return vdpa->config->get_vq_affinity ? vdpa->config->get_vq_affinity(vdpa, index) : NULL;
}

/*
 * Which processors does the nth of @count queues get? Each processor belongs to one
 * queue, for drivers choose a queue that way; queues share where there are more of them.
 */
static void virtio_vdpa_share(struct cpumask *mask, unsigned int n, unsigned int count)
{
	unsigned int cpus = num_possible_cpus(), cpu, at = 0;
	unsigned int first = n * cpus / count, end = max((n + 1) * cpus / count, first + 1);

	cpumask_clear(mask);
	for_each_possible_cpu(cpu) {
		if (at >= first && at < end)
			cpumask_set_cpu(cpu, mask);
		at++;
	}
}

static bool virtio_vdpa_interrupts(const struct virtqueue *vq)
{
	return vq && vq->callback;
}

/*
 * The driver leaves it to us where its queues go, but for the first and the last of
 * them that @affinity counts. What does not interrupt has no place of its own.
 */
void virtio_vdpa_spread(struct virtio_vdpa *vv, const struct irq_affinity *affinity)
{
	unsigned int count = 0, n = 0;
	cpumask_var_t mask;

	for (u32 i = 0; i < vv->vdpa->info.nvqs; i++)
		count += virtio_vdpa_interrupts(vv->vqs[i]);
	if (count <= affinity->pre_vectors + affinity->post_vectors ||
	    !alloc_cpumask_var(&mask, GFP_KERNEL))
		return;
	count -= affinity->pre_vectors + affinity->post_vectors;
	for (u32 i = 0; i < vv->vdpa->info.nvqs; i++) {
		if (!virtio_vdpa_interrupts(vv->vqs[i]) || n++ < affinity->pre_vectors)
			continue;
		if (n - 1 - affinity->pre_vectors >= count)
			break;
		virtio_vdpa_share(mask, n - 1 - affinity->pre_vectors, count);
		virtio_vdpa_set_affinity(vv->vqs[i], mask);
	}
	free_cpumask_var(mask);
}
