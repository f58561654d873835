// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device's own IOMMU: mappings of the address spaces, and assignment of virtqueue
 * groups to them. Initially nothing is mapped.
 */
#include <linux/errno.h>
#include <linux/moduleparam.h>
#include <linux/sched/mm.h>

#include "sim.h"

static bool batch_mapping;
module_param(batch_mapping, bool, 0644);
MODULE_PARM_DESC(batch_mapping,
		 "new devices take whole tables of mappings (set_map) instead of changes (default: no)");

static struct sim_space *sim_space(struct vdpa_device *vdev, unsigned int asid)
{
	return asid < vdev->info.nas ? &vdev_to_sim(vdev)->spaces[asid] : NULL;
}

static int sim_map(struct vdpa_device *vdev, unsigned int asid, u64 iova, u64 size, u64 addr,
		   u32 perm, void *opaque)
{
	struct sim_space *space = sim_space(vdev, asid);
	u64 last = iova + size - 1;
	struct sim_range *range;
	int ret;

	if (!space || !size || last < iova)
		return -EINVAL;
	range = sim_range_alloc(iova, last, addr, perm);
	if (!range)
		return -ENOMEM;
	mutex_lock(&space->sim->lock);
	/* nothing is mapped there yet: see struct vdpa_map_ops */
	ret = sim_table_add(&space->table, range);
	mutex_unlock(&space->sim->lock);
	if (ret)
		sim_range_free(range);
	return ret;
}

static void sim_unmap(struct vdpa_device *vdev, unsigned int asid, u64 iova, u64 size)
{
	struct sim_space *space = sim_space(vdev, asid);

	if (!space || !size)
		return;
	mutex_lock(&space->sim->lock);
	sim_table_remove(&space->table, iova, iova + size - 1);
	mutex_unlock(&space->sim->lock);
}

static void sim_reset_map(struct vdpa_device *vdev, unsigned int asid)
{
	struct sim_space *space = sim_space(vdev, asid);

	if (!space)
		return;
	mutex_lock(&space->sim->lock);
	sim_table_remove(&space->table, 0, U64_MAX);
	mutex_unlock(&space->sim->lock);
}

static int sim_table_copy(struct sim_table *table, struct vhost_iotlb *iotlb)
{
	const struct vhost_iotlb_map *map;
	struct sim_range *range;
	int ret;

	list_for_each_entry(map, &iotlb->list, link) {
		range = sim_range_alloc(map->start, map->last, map->addr, map->perm);
		if (!range)
			return -ENOMEM;
		ret = sim_table_add(table, range);
		if (ret) {
			sim_range_free(range);
			return ret;
		}
	}
	return 0;
}

static int sim_set_map(struct vdpa_device *vdev, unsigned int asid, struct vhost_iotlb *iotlb)
{
	struct sim_space *space = sim_space(vdev, asid);
	struct sim_table table = {};
	int ret;

	if (!space)
		return -EINVAL;
	ret = sim_table_copy(&table, iotlb);
	if (!ret) {
		mutex_lock(&space->sim->lock);
		swap(table, space->table);
		mutex_unlock(&space->sim->lock);
	}
	sim_table_remove(&table, 0, U64_MAX);
	return ret;
}

static int sim_set_identity(struct vdpa_device *vdev, bool identity)
{
	struct sim_dev *sim = vdev_to_sim(vdev);

	mutex_lock(&sim->lock);
	sim->identity = identity;
	mutex_unlock(&sim->lock);
	return 0;
}

/*
 * After a change of sim_dev::group_space: queues may be ready, with their rings, before the
 * device is started.
 */
static void sim_queues_move(struct sim_dev *sim)
{
	lockdep_assert_held(&sim->lock);
	for (u32 i = 0; i < sim->vdev.info.nvqs; i++)
		sim->queues[i].ring.mem = &sim_queue_space(&sim->queues[i])->mem;
}

static int sim_set_group_asid(struct vdpa_device *vdev, unsigned int group, unsigned int asid)
{
	struct sim_dev *sim = vdev_to_sim(vdev);
	int ret = -EBUSY;

	if (group >= vdev->info.ngroups || asid >= vdev->info.nas)
		return -EINVAL;
	mutex_lock(&sim->lock);
	/* not while running: queues would access other memory */
	if (!sim_running(sim)) {
		sim->group_space[group] = asid;
		sim_queues_move(sim);
		ret = 0;
	}
	mutex_unlock(&sim->lock);
	return ret;
}

static int sim_bind_mm(struct vdpa_device *vdev, struct mm_struct *mm)
{
	struct sim_dev *sim = vdev_to_sim(vdev);
	int ret = -EBUSY;

	mutex_lock(&sim->lock);
	if (!sim->mm) {
		mmgrab(mm);
		sim->mm = mm;
		ret = 0;
	}
	mutex_unlock(&sim->lock);
	return ret;
}

static void sim_unbind_mm(struct vdpa_device *vdev)
{
	struct sim_dev *sim = vdev_to_sim(vdev);

	mutex_lock(&sim->lock);
	sim_turn_cancel(sim);
	if (sim->mm)
		mmdrop(sim->mm);
	sim->mm = NULL;
	mutex_unlock(&sim->lock);
}

#define SIM_MAP_OPS_BOTH				\
	.reset_map = sim_reset_map,			\
	.set_identity = sim_set_identity,		\
	.set_group_asid = sim_set_group_asid,		\
	.bind_mm = sim_bind_mm,				\
	.unbind_mm = sim_unbind_mm

static const struct vdpa_map_ops sim_map_ops = {
	.map = sim_map,
	.unmap = sim_unmap,
	SIM_MAP_OPS_BOTH,
};

static const struct vdpa_map_ops sim_batch_ops = {
	.set_map = sim_set_map,
	SIM_MAP_OPS_BOTH,
};

const struct vdpa_map_ops *sim_iommu_ops(void)
{
	return READ_ONCE(batch_mapping) ? &sim_batch_ops : &sim_map_ops;
}

struct sim_space *sim_queue_space(struct sim_queue *queue)
{
	struct sim_dev *sim = queue->sim;
	u32 group = sim->type->group ? sim->type->group(sim, queue->index) : 0;

	return &sim->spaces[sim->group_space[group]];
}

void sim_spaces_create(struct sim_dev *sim)
{
	for (int i = 0; i < SIM_SPACES_MAX; i++) {
		sim->spaces[i].mem.ops = &sim_mem_ops;
		sim->spaces[i].sim = sim;
	}
}

void sim_spaces_destroy(struct sim_dev *sim)
{
	for (int i = 0; i < SIM_SPACES_MAX; i++)
		sim_table_remove(&sim->spaces[i].table, 0, U64_MAX);
}
