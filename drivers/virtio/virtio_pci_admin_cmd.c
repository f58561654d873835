// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is one group administration command sent, and its result evaluated?
 *
 * A command is sent as its table row says. EAGAIN is retried; errors are mapped,
 * counted and reported at a limited rate.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "virtio_pci_admin_priv.h"

static unsigned int admin_timeout_ms = 5000;
module_param(admin_timeout_ms, uint, 0644);
MODULE_PARM_DESC(admin_timeout_ms,
		 "timeout of an admin command in milliseconds (default 5000, 1 to 600000)");

#define VP_ADMIN_TIMEOUT_MS_MAX	600000

/* "The driver SHOULD retry a command that completed with EAGAIN": after 1, 2, 4 ... ms */
#define VP_ADMIN_BACKOFF_MS_MAX	50

static unsigned int vp_admin_timeout_ms(void)
{
	return clamp_t(unsigned int, READ_ONCE(admin_timeout_ms), 1, VP_ADMIN_TIMEOUT_MS_MAX);
}

/* In jiffies */
unsigned long vp_admin_timeout(void)
{
	return msecs_to_jiffies(vp_admin_timeout_ms());
}

/*
 * One deadline for all that a caller waits for: negotiation, a slot, retries. Not in
 * jiffies: in a virtual machine they stall and then jump with the vCPU that counts
 * them.
 */
ktime_t vp_admin_deadline(void)
{
	return ktime_add_ms(ktime_get(), vp_admin_timeout_ms());
}

static const struct {
	int err;
	enum vp_admin_error error;
} vp_admin_transport_errors[] = {
	{ -ETIMEDOUT, VP_ADMIN_ERROR_TIMEOUT },
	{ -EINTR, VP_ADMIN_ERROR_KILLED },
	{ -EBUSY, VP_ADMIN_ERROR_BUSY },
};

/* Classify an error for the counters. @answered: the device returned the command */
static enum vp_admin_error vp_admin_classify(int err, bool answered,
					     const struct vp_admin_answer *answer)
{
	if (answered)
		return answer->status ? VP_ADMIN_ERROR_STATUS : VP_ADMIN_ERROR_SHORT;
	for (int i = 0; i < ARRAY_SIZE(vp_admin_transport_errors); i++)
		if (vp_admin_transport_errors[i].err == err)
			return vp_admin_transport_errors[i].error;
	return VP_ADMIN_ERROR_LOST;
}

static void vp_admin_report(struct vp_admin *admin, const struct vp_admin_cmd *cmd,
			    int err, const struct vp_admin_answer *answer)
{
	/* -ENODEV: the queue is closed, which was already reported */
	if (err == -ENODEV || err == -EINTR || !__ratelimit(&admin->log))
		return;
	dev_warn(&admin->pdev->dev,
		 "admin command %s, group %u, member %u: error %d (status %u, qualifier %u)\n",
		 vp_admin_rows[cmd->row].name, cmd->group, cmd->member->id, err, answer->status,
		 answer->qualifier);
}

static int vp_admin_send_once(struct vp_admin *admin, struct vp_admin_cmd *cmd, u32 reset_gen,
			      struct vp_admin_answer *answer, bool *answered)
{
	const struct vp_admin_row *row = &vp_admin_rows[cmd->row];
	struct virtio_admin_abi_request request;
	struct virtio_admin_abi_response response;
	struct vp_avq_cmd avq_cmd = {
		.account = row->flags & VP_ADMIN_ROW_BULK ? &cmd->member->bulk :
							    &cmd->member->account,
		.gate = &admin->group[cmd->group].gate,
		.reset_gen = reset_gen,
		.exclusive = row->flags & VP_ADMIN_ROW_EXCLUSIVE,
		.deadline = cmd->deadline,
		.out = { { &request, sizeof(request) }, cmd->data[0], cmd->data[1] },
		.in = { { &response, sizeof(response) }, cmd->result[0], cmd->result[1] },
	};
	int ret;

	memset(answer, 0, sizeof(*answer));
	vp_admin_request_encode(&request, vp_admin_opcode(cmd->row), cmd->group, cmd->member->id);
	vp_admin_stats_command(cmd);
	ret = vp_avq_exec(&admin->avq, &avq_cmd);
	if (!ret)
		ret = vp_admin_response_decode(&response, avq_cmd.used_len, row->min_result,
					       answer);
	cmd->got = answer->result_len;
	vp_admin_stats_answer(cmd, ret, &avq_cmd, answer);
	*answered = avq_cmd.answered;
	return ret;
}

/* Return: true if the command shall be sent again */
static bool vp_admin_backoff(const struct vp_admin_cmd *cmd, unsigned int *delay_ms)
{
	schedule_timeout_killable(msecs_to_jiffies(*delay_ms));
	*delay_ms = min(2 * *delay_ms, VP_ADMIN_BACKOFF_MS_MAX);
	return !fatal_signal_pending(current) && ktime_before(ktime_get(), cmd->deadline);
}

/*
 * Send @cmd for its member and wait for the answer, until cmd->deadline. As long as
 * the device answers EAGAIN it is sent again.
 *
 * Return: 0 with cmd->result and cmd->got; what vp_avq_exec() returns; or the
 * device's status, mapped to an errno.
 */
int vp_admin_send(struct vp_admin *admin, struct vp_admin_cmd *cmd, u32 reset_gen)
{
	struct vp_admin_answer answer;
	unsigned int delay_ms = 1;
	bool answered;
	int ret;

	for (;;) {
		ret = vp_admin_send_once(admin, cmd, reset_gen, &answer, &answered);
		if (!answered || answer.status != VIRTIO_ADMIN_ABI_STATUS_EAGAIN)
			break;
		if (!vp_admin_backoff(cmd, &delay_ms))
			break;
		atomic64_inc(&cmd->member->stats.retries);
	}
	cmd->refused = answer.status == VIRTIO_ADMIN_ABI_STATUS_EINVAL &&
		       answer.qualifier == VIRTIO_ADMIN_ABI_QUALIFIER_OPCODE;
	if (ret) {
		vp_admin_stats_error(cmd->member, vp_admin_classify(ret, answered, &answer));
		vp_admin_report(admin, cmd, ret, &answer);
	}
	return ret;
}
