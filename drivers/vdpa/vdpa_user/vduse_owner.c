// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who owns a device, and which memory cgroup is charged for it?
 *
 * Those of the process that made it, for good: the memory is allocated in the context of
 * whoever uses the device, and that may be an interrupt.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/gfp.h>
#include <linux/memcontrol.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "vduse.h"

struct vduse_owner *vduse_owner_create(void)
{
	struct vduse_owner *owner = kzalloc(sizeof(*owner), GFP_KERNEL_ACCOUNT);

	if (!owner)
		return NULL;
	kref_init(&owner->ref);
	current_euid_egid(&owner->uid, &owner->gid);
	owner->memcg = get_mem_cgroup_from_mm(current->mm);
	return owner;
}

static void vduse_owner_free(struct kref *ref)
{
	struct vduse_owner *owner = container_of(ref, struct vduse_owner, ref);

	mem_cgroup_put(owner->memcg);
	kfree(owner);
}

struct vduse_owner *vduse_owner_get(struct vduse_owner *owner)
{
	kref_get(&owner->ref);
	return owner;
}

void vduse_owner_put(struct vduse_owner *owner)
{
	kref_put(&owner->ref, vduse_owner_free);
}

bool vduse_owner_may(const struct vduse_owner *owner)
{
	return uid_eq(owner->uid, current_euid()) || capable(CAP_SYS_ADMIN);
}

void *vduse_owner_alloc(struct vduse_owner *owner, size_t size, gfp_t gfp)
{
	struct mem_cgroup *old = set_active_memcg(owner->memcg);
	void *at = alloc_pages_exact(size, gfp | __GFP_ACCOUNT | __GFP_ZERO);

	set_active_memcg(old);
	return at;
}
