// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which commands may be sent for a group, and when is that agreed?
 *
 * After every reset, and each time VFs are enabled, nothing is agreed. The first
 * who needs a group, vp_admin_ready(), vp_admin_vfs_changed() or a VF's driver,
 * asks the device (LIST_QUERY) and tells it (LIST_USE). A group that could not
 * be agreed on is not asked for again until then.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include "virtio_pci_admin_priv.h"

/* what a slot can carry: enough for the opcodes that we know */
#define VP_ADMIN_LIST_BYTES_SLOT \
	round_down(VP_AVQ_IN_MAX - sizeof(struct virtio_admin_abi_response), sizeof(__le64))
static_assert(sizeof(struct vp_admin_used) <= VP_ADMIN_LIST_BYTES_SLOT);

static int vp_admin_list_query(struct vp_admin *admin, u16 group, struct vp_admin_cmd *cmd)
{
	struct vp_admin_group *entry = &admin->group[group];
	int ret;

	cmd->row = VP_ADMIN_LIST_QUERY;
	cmd->result[0].len = VP_ADMIN_LIST_BYTES_MAX;
	cmd->result[0].buf = kzalloc(VP_ADMIN_LIST_BYTES_MAX, GFP_KERNEL);
	if (!cmd->result[0].buf)
		return -ENOMEM;
	ret = vp_admin_exec(admin, cmd);
	if (ret == -EOPNOTSUPP) {
		/* no indirect descriptors */
		cmd->result[0].len = VP_ADMIN_LIST_BYTES_SLOT;
		ret = vp_admin_exec(admin, cmd);
	}
	if (!ret)
		ret = vp_admin_list_negotiate(cmd->result[0].buf,
					      min(cmd->got, cmd->result[0].len), group,
					      &entry->used, &entry->offered);
	kfree(cmd->result[0].buf);
	cmd->result[0] = (struct vp_avq_in) {};
	return ret;
}

static int vp_admin_list_use(struct vp_admin *admin, u16 group, struct vp_admin_cmd *cmd)
{
	__le64 list[VP_ADMIN_USED_WORDS];

	cmd->row = VP_ADMIN_LIST_USE;
	cmd->data[0].buf = list;
	cmd->data[0].len = vp_admin_list_encode(&admin->group[group].used, list);
	return vp_admin_exec(admin, cmd);
}

/* A killed caller, a reset or a late answer in the way says nothing about the device */
static bool vp_admin_transient(int err)
{
	return err == -EINTR || err == -ENODEV || err == -ENOMEM || err == -EBUSY;
}

static int vp_admin_group_agree(struct vp_admin *admin, u16 group, ktime_t deadline)
{
	struct vp_admin_group *entry = &admin->group[group];
	struct vp_admin_cmd cmd = {
		.group = group,
		/* the commands of a list address no member */
		.member = admin->members[0],
		.deadline = deadline,
	};
	u32 generation = READ_ONCE(entry->gate.generation);
	int ret;

	lockdep_assert_held(&admin->group_lock);
	if (entry->ready == generation)
		return 0;
	if (entry->closed)
		return -ENODEV;
	if (entry->failed == generation)
		return entry->error;
	ret = vp_admin_list_query(admin, group, &cmd);
	if (!ret)
		ret = vp_admin_list_use(admin, group, &cmd);
	if (!ret) {
		/* whoever sees it finds used and offered complete */
		smp_store_release(&entry->ready, generation);
		return 0;
	}
	if (!vp_admin_transient(ret)) {
		entry->failed = generation;
		entry->error = ret == -EINVAL ? -EOPNOTSUPP : ret;
	}
	return ret;
}

/*
 * Make sure that the commands of @group are agreed on.
 *
 * Return: 0 with the generation they are valid for; -EOPNOTSUPP when the device
 * has no such group; or an error of vp_admin_exec().
 */
int vp_admin_group_get(struct vp_admin *admin, u16 group, ktime_t deadline,
		       u32 *generation)
{
	struct vp_admin_group *entry = &admin->group[group];
	int ret;

	/* before entry->used */
	*generation = smp_load_acquire(&entry->ready);
	if (*generation && *generation == READ_ONCE(entry->gate.generation))
		return 0;
	if (mutex_lock_killable(&admin->group_lock))
		return -EINTR;
	ret = vp_admin_group_agree(admin, group, deadline);
	*generation = entry->ready;
	mutex_unlock(&admin->group_lock);
	return ret;
}

bool vp_admin_group_has(struct vp_admin *admin, u16 group, u16 opcode, u32 generation)
{
	struct vp_admin_group *entry = &admin->group[group];

	return generation && vp_admin_list_test(&entry->used, opcode);
}

/* From here on somebody may ask for the group */
void vp_admin_group_open(struct vp_admin *admin, u16 group)
{
	mutex_lock(&admin->group_lock);
	admin->group[group].closed = false;
	mutex_unlock(&admin->group_lock);
}

/* Forget what was agreed, and agree on nothing until vp_admin_group_open() */
void vp_admin_group_close(struct vp_admin *admin, u16 group)
{
	mutex_lock(&admin->group_lock);
	admin->group[group].closed = true;
	vp_avq_gate_close(&admin->avq, &admin->group[group].gate);
	mutex_unlock(&admin->group_lock);
}
