// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which commands may be sent for a group?
 *
 * Those that the device lists (LIST_QUERY) and was told of (LIST_USE). Nobody asks
 * before somebody wants to send one. What was negotiated holds until the device is
 * reset: VFs that go and come change who may send, see vp_avq_gate, not what. A
 * group that could not be negotiated is not tried again before a reset, or before
 * VFs come anew.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "virtio_pci_admin_priv.h"

/* what a slot can carry: enough for the opcodes that we know */
#define VP_ADMIN_LIST_BYTES_SLOT \
	round_down(VP_AVQ_IN_MAX - sizeof(struct virtio_admin_abi_response), sizeof(__le64))
static_assert(sizeof(struct vp_admin_used) <= VP_ADMIN_LIST_BYTES_SLOT);

static int vp_admin_list_query(struct vp_admin *admin, u16 group, ktime_t deadline,
			       struct vp_admin_agreement *agreement)
{
	struct vp_admin_cmd cmd = {
		.row = VP_ADMIN_LIST_QUERY,
		.group = group,
		/* the commands of a list address no member */
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
		/* no indirect descriptors */
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

/* A killed caller, a reset, or orphans in the way say nothing about the group */
static bool vp_admin_transient(int err)
{
	return err == -EINTR || err == -ENODEV || err == -ENOMEM || err == -EBUSY ||
	       err == -EAGAIN;
}

/* Return: what holds now, or NULL. Under RCU or negotiate_lock. */
static const struct vp_admin_agreement *vp_admin_current(struct vp_admin *admin, u16 group)
{
	const struct vp_admin_agreement *agreement;

	agreement = rcu_dereference_check(admin->group[group].agreement,
					  lockdep_is_held(&admin->negotiate_lock));
	if (!agreement || agreement->reset_gen != READ_ONCE(admin->avq.reset_gen))
		return NULL;
	return agreement;
}

/* @agreement: the new one, or NULL: nothing holds any more */
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
	/* spent while another caller negotiated */
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
 * Which commands may be sent for @group? Asks the device if nobody has yet.
 *
 * Return: 0 with @commands; -EOPNOTSUPP when the device has no such group; or an
 * error of vp_admin_send().
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
	/* it was valid, and a reset came by */
	if (!ret && !vp_admin_group_copy(admin, group, commands))
		ret = -ENODEV;
	mutex_unlock(&admin->negotiate_lock);
	return ret;
}

/*
 * The device said that a command is not in use which was negotiated. That may be
 * so if it forgot everything when VF Enable was cleared; the specification leaves
 * it open. Then, once for each time that VFs came, what was negotiated is void.
 *
 * Return: true when it is worth another try.
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
