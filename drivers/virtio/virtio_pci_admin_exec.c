// SPDX-License-Identifier: GPL-2.0-only
/*
 * How do the exported functions have a command executed?
 *
 * Look up the member that the command is for, negotiate the group's commands if that
 * was not done yet, and send it.
 */
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/pci.h>

#include "virtio_pci_admin_priv.h"

static int vp_admin_exec_negotiated(struct vp_admin *admin, struct vp_admin_cmd *cmd)
{
	struct vp_admin_commands commands;
	int ret;

	ret = vp_admin_group_commands(admin, cmd->group, cmd->deadline, &commands);
	if (ret)
		return ret;
	if (!vp_admin_has(&commands, cmd->row))
		return -EOPNOTSUPP;
	return vp_admin_send(admin, cmd, commands.reset_gen);
}

/*
 * Execute @cmd for cmd->member, until cmd->deadline.
 *
 * Return: 0 with cmd->result and cmd->got; -EOPNOTSUPP if the device does not support
 * the command; or an error of vp_admin_send().
 */
int vp_admin_exec(struct vp_admin *admin, struct vp_admin_cmd *cmd)
{
	const struct vp_admin_row *row = &vp_admin_rows[cmd->row];
	u64 data_len = (u64)cmd->data[0].len + cmd->data[1].len;
	int ret;

	/* driver bug */
	if (WARN_ON_ONCE(!(row->groups & (1U << cmd->group)) || data_len < row->min_data))
		return -EINVAL;
	cmd->refused = false;
	ret = vp_admin_exec_negotiated(admin, cmd);
	if (ret && cmd->refused && vp_admin_group_refused(admin, cmd->group))
		ret = vp_admin_exec_negotiated(admin, cmd);
	return ret;
}

/*
 * Find the owner of @pdev and have it execute @cmd within admin_timeout_ms: for the
 * VF @pdev, or for the owner itself if @group is SELF.
 *
 * Return: as vp_admin_exec(), or vp_admin_member_find().
 */
int vp_admin_member_exec(struct pci_dev *pdev, u16 group, struct vp_admin_cmd *cmd)
{
	int ret;

	ret = vp_admin_member_find(pdev, group, &cmd->member);
	if (ret)
		return ret;
	cmd->group = group;
	cmd->deadline = vp_admin_deadline();
	ret = vp_admin_exec(cmd->member->admin, cmd);
	vp_admin_put(cmd->member->admin);
	return ret;
}
