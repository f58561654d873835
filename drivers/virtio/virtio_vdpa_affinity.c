// SPDX-License-Identifier: GPL-2.0-only
/* Which CPUs serve a queue? */
#include <linux/cpumask.h>
#include <linux/interrupt.h>
#include <linux/slab.h>

#include "virtio_vdpa.h"

/* A hint: without set_vq_affinity there is nothing to do */
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
 * Add queue @n's share of @cpus, which are divided among @count queues. A CPU belongs to
 * one queue, as drivers pick the queue by CPU. When there are more queues than CPUs,
 * @share lets queues share one; otherwise some get none.
 */
static void virtio_vdpa_share(struct cpumask *mask, const struct cpumask *cpus, unsigned int n,
			      unsigned int count, bool share)
{
	unsigned int all = cpumask_weight(cpus), cpu, at = 0;
	unsigned int first = n * all / count, end = (n + 1) * all / count;

	if (share)
		end = max(end, first + 1);
	for_each_cpu(cpu, cpus) {
		if (at >= first && at < end)
			cpumask_set_cpu(cpu, mask);
		at++;
	}
}

/* Present and absent CPUs are divided separately, or one queue might get all present ones */
static void virtio_vdpa_share_all(struct cpumask *mask, const struct cpumask *present,
				  const struct cpumask *absent, unsigned int n, unsigned int count)
{
	cpumask_clear(mask);
	virtio_vdpa_share(mask, present, n, count, true);
	virtio_vdpa_share(mask, absent, n, count, false);
}

static bool virtio_vdpa_interrupts(const struct virtqueue *vq)
{
	return vq && vq->callback;
}

/*
 * Divide the CPUs among the queues, but for the first pre_vectors and the last
 * post_vectors ones, whose affinity the driver sets. Queues without a callback get none.
 */
void virtio_vdpa_spread(struct virtio_vdpa *vv, const struct irq_affinity *affinity)
{
	unsigned int fixed = affinity->pre_vectors + affinity->post_vectors, count = 0, n = 0;
	cpumask_var_t mask, present, absent;

	for (u32 i = 0; i < vv->vdpa->info.nvqs; i++)
		count += virtio_vdpa_interrupts(vv->vqs[i]);
	if (count <= fixed || !alloc_cpumask_var(&mask, GFP_KERNEL))
		return;
	if (!alloc_cpumask_var(&present, GFP_KERNEL))
		goto free_mask;
	if (!alloc_cpumask_var(&absent, GFP_KERNEL))
		goto free_present;
	/* a copy: hotplug meanwhile must not change the shares */
	cpumask_copy(present, cpu_present_mask);
	cpumask_andnot(absent, cpu_possible_mask, present);
	count -= fixed;
	for (u32 i = 0; i < vv->vdpa->info.nvqs; i++) {
		if (!virtio_vdpa_interrupts(vv->vqs[i]) || n++ < affinity->pre_vectors)
			continue;
		if (n - 1 - affinity->pre_vectors >= count)
			break;
		virtio_vdpa_share_all(mask, present, absent, n - 1 - affinity->pre_vectors, count);
		virtio_vdpa_set_affinity(vv->vqs[i], mask);
	}
	free_cpumask_var(absent);
free_present:
	free_cpumask_var(present);
free_mask:
	free_cpumask_var(mask);
}
