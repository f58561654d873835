// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which commands may be sent for a group?
 *
 * Those that the device lists (LIST_QUERY) and the driver has selected (LIST_USE). They
 * are negotiated when the first command is sent, and hold until the device is reset:
 * enabling and disabling VFs changes who may send (struct vp_avq_gate), not what. If
 * the negotiation fails it is not repeated before a reset, or before VFs are enabled
 * again.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "virtio_pci_admin_priv.h"

/* what fits in a slot, enough for the opcodes that we know */
#define VP_ADMIN_LIST_BYTES_SLOT \
	round_down(VP_AVQ_IN_MAX - sizeof(struct virtio_admin_abi_response), sizeof(__le64))
static_assert(sizeof(struct vp_admin_used) <= VP_ADMIN_LIST_BYTES_SLOT);

static int vp_admin_list_query(struct vp_admin *admin, u16 group, ktime_t deadline,
			       struct vp_admin_agreement *agreement)
{
	struct vp_admin_cmd cmd = {
		.row = VP_ADMIN_LIST_QUERY,
		.group = group,
		/* LIST_QUERY and LIST_USE are for the group, not for a member */
		.member = admin->members[0],
		.deadline = deadline,
		.result = { { NULL, VP_ADMIN_LIST_BYTES_MAX } },
	};
	void *list;
	int ret;

	list = kzalloc(VP_ADMIN_LIST_BYTES_MAX, GFP_KERNEL);
	if (!list)
		return -ENOMEM;
	cmd.result[0].buf = list;
	ret = vp_admin_send(admin, &cmd, agreement->reset_gen);
	if (ret == -EOPNOTSUPP) {
		/* no indirect descriptors: query as much as fits in a slot */
		cmd.result[0].len = VP_ADMIN_LIST_BYTES_SLOT;
		ret = vp_admin_send(admin, &cmd, agreement->reset_gen);
	}
	if (!ret)
		ret = vp_admin_list_negotiate(list, min(cmd.got, cmd.result[0].len), group,
					      &agreement->used, &agreement->offered);
	kfree(list);
	return ret;
}

static int vp_admin_list_use(struct vp_admin *admin, u16 group, ktime_t deadline,
			     const struct vp_admin_agreement *agreement)
{
	__le64 list[VP_ADMIN_USED_WORDS];
	size_t len = vp_admin_list_encode(&agreement->used, list);
	struct vp_admin_cmd cmd = {
		.row = VP_ADMIN_LIST_USE,
		.group = group,
		.member = admin->members[0],
		.deadline = deadline,
		.data = { { list, len } },
	};

	return vp_admin_send(admin, &cmd, agreement->reset_gen);
}

/* Errors that say nothing about the group: killed, reset, out of memory or slots */
bool vp_admin_transient(int err)
{
	return err == -EINTR || err == -ENODEV || err == -ENOMEM || err == -EBUSY ||
	       err == -EAGAIN;
}

/* Return: the agreement for the current reset generation, or NULL. Under RCU or the lock. */
static const struct vp_admin_agreement *vp_admin_current(struct vp_admin *admin, u16 group)
{
	const struct vp_admin_agreement *agreement;

	agreement = rcu_dereference_check(admin->group[group].agreement,
					  lockdep_is_held(&admin->negotiate_lock));
	if (!agreement || agreement->reset_gen != READ_ONCE(admin->avq.reset_gen))
		return NULL;
	return agreement;
}

/* Replace the group's agreement with @agreement, which may be NULL */
static void vp_admin_publish(struct vp_admin *admin, u16 group,
			     struct vp_admin_agreement *agreement)
{
	struct vp_admin_agreement *old;

	old = rcu_replace_pointer(admin->group[group].agreement, agreement,
				  lockdep_is_held(&admin->negotiate_lock));
	if (old)
		kfree_rcu(old, rcu);
}

static int vp_admin_ask_device(struct vp_admin *admin, u16 group, ktime_t deadline,
			       u32 reset_gen, u32 opened)
{
	struct vp_admin_agreement *agreement;
	int ret;

	agreement = kzalloc(sizeof(*agreement), GFP_KERNEL);
	if (!agreement)
		return -ENOMEM;
	agreement->reset_gen = reset_gen;
	agreement->opened = opened;
	ret = vp_admin_list_query(admin, group, deadline, agreement) ?:
	      vp_admin_list_use(admin, group, deadline, agreement);
	if (ret) {
		kfree(agreement);
		return ret;
	}
	vp_admin_publish(admin, group, agreement);
	return 0;
}

static int vp_admin_negotiate_locked(struct vp_admin *admin, u16 group, ktime_t deadline)
{
	struct vp_admin_group *entry = &admin->group[group];
	u32 reset_gen = READ_ONCE(admin->avq.reset_gen);
	u32 opened = READ_ONCE(entry->gate.opened);
	int ret;

	lockdep_assert_held(&admin->negotiate_lock);
	if (vp_admin_current(admin, group))
		return 0;
	if (entry->error && entry->error_reset_gen == reset_gen && entry->error_opened == opened)
		return entry->error;
	/* the time may be spent, waiting for another caller's negotiation */
	if (!vp_avq_jiffies_left(deadline))
		return -ETIMEDOUT;
	entry->error = 0;
	ret = vp_admin_ask_device(admin, group, deadline, reset_gen, opened);
	if (!ret || vp_admin_transient(ret))
		return ret;
	entry->error = ret == -EINVAL ? -EOPNOTSUPP : ret;
	entry->error_reset_gen = reset_gen;
	entry->error_opened = opened;
	return entry->error;
}

static bool vp_admin_group_copy(struct vp_admin *admin, u16 group,
				struct vp_admin_commands *commands)
{
	const struct vp_admin_agreement *agreement;

	rcu_read_lock();
	agreement = vp_admin_current(admin, group);
	if (agreement) {
		commands->reset_gen = agreement->reset_gen;
		commands->used = agreement->used;
	}
	rcu_read_unlock();
	return agreement;
}

/*
 * Which commands may be sent for @group? Negotiates them if that was not done yet.
 *
 * Return: 0 with @commands; -EOPNOTSUPP if the device has no such group; or an error
 * of vp_admin_send().
 */
int vp_admin_group_commands(struct vp_admin *admin, u16 group, ktime_t deadline,
			    struct vp_admin_commands *commands)
{
	int ret;

	if (vp_admin_group_copy(admin, group, commands))
		return 0;
	if (mutex_lock_killable(&admin->negotiate_lock))
		return -EINTR;
	ret = vp_admin_negotiate_locked(admin, group, deadline);
	/* a reset has invalidated it already */
	if (!ret && !vp_admin_group_copy(admin, group, commands))
		ret = -ENODEV;
	mutex_unlock(&admin->negotiate_lock);
	return ret;
}

/*
 * The device refused a command as not in use although it was negotiated. It may have
 * dropped its lists when VF Enable was cleared; the specification leaves that open. So
 * drop the agreement, once each time VFs are enabled.
 *
 * Return: true if the command should be tried again.
 */
bool vp_admin_group_refused(struct vp_admin *admin, u16 group)
{
	struct vp_admin_group *entry = &admin->group[group];
	const struct vp_admin_agreement *agreement;
	bool stale;

	mutex_lock(&admin->negotiate_lock);
	agreement = vp_admin_current(admin, group);
	stale = !agreement || agreement->opened != READ_ONCE(entry->gate.opened);
	if (agreement && stale)
		vp_admin_publish(admin, group, NULL);
	mutex_unlock(&admin->negotiate_lock);
	return stale;
}
