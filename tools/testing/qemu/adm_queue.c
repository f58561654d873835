// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The admin virtqueue: takes commands from the ring, has them run in the order
 * they were queued ("Administration virtqueues", device requirements), and
 * gives them back at once, after the card's latency, or as a fault wants it.
 *
 * Every popped command is on the pending list until it is completed or dropped;
 * a reset of any kind drops them first, since QEMU's virtqueue forgets them.
 */
#include "qemu/osdep.h"
#include "qemu/iov.h"
#include "qemu/main-loop.h"
#include "qemu/timer.h"
#include "card.h"
#include "adm_cmd.h"

/* When a command that cannot be done yet is tried again */
#define ADM_AGAIN_NS	(100 * SCALE_US)
/* How long a completion held back for another one waits for it */
#define ADM_HOLD_NS	(2 * SCALE_MS)

static int64_t now_ns(void)
{
	return qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
}

static struct card_func *target_func(struct adm_cmd *cmd)
{
	struct card_vf *vf = adm_cmd_target(cmd);

	return vf ? &vf->func : &cmd->pf->func;
}

static struct card_faults *target_faults(struct adm_cmd *cmd)
{
	struct card_vf *vf = adm_cmd_target(cmd);

	return &cmd->pf->faults[vf ? vf->index + 1 : 0];
}

/* Of commands the fault "only" leaves those of one opcode to the others. */
static bool cmd_fault(struct adm_cmd *cmd, enum card_fault fault, uint64_t *value)
{
	struct card_faults *faults = target_faults(cmd);
	uint64_t only;

	if (card_fault(faults, FAULT_ONLY, &only) && only != cmd->opcode)
		return false;
	return card_fault(faults, fault, value);
}

static void free_cmd(struct adm_queue *queue, struct adm_cmd *cmd)
{
	QTAILQ_REMOVE(&queue->pending, cmd, next);
	g_free(cmd->result);
	g_free(cmd);
}

/* Missing bytes of the header are taken as zero. */
static void read_header(struct adm_cmd *cmd)
{
	struct spec_cmd_header header = {};

	iov_to_buf(cmd->elem.out_sg, cmd->elem.out_num, 0, &header, sizeof(header));
	cmd->opcode = le16_to_cpu(header.opcode);
	cmd->group = le16_to_cpu(header.group_type);
	cmd->member = le64_to_cpu(header.group_member_id);
	cmd->readable = iov_size(cmd->elem.out_sg, cmd->elem.out_num);
	cmd->writable = iov_size(cmd->elem.in_sg, cmd->elem.in_num);
}

/* As a card whose firmware still makes its VFs ready: from the first command that came. */
static bool not_ready(struct adm_cmd *cmd, int64_t now)
{
	struct card_faults *faults = target_faults(cmd);
	uint64_t ns;

	if (!cmd_fault(cmd, FAULT_EAGAIN_FOR, &ns))
		return false;
	if (!faults->eagain_until)
		faults->eagain_until = now + ns;
	return now < faults->eagain_until;
}

static void run(struct adm_cmd *cmd, int64_t now)
{
	uint64_t value, delay = 0;

	if (!cmd->again)
		card_stats_command(&target_func(cmd)->stats, cmd->opcode);
	cmd->again = false;
	if (cmd_fault(cmd, FAULT_EAGAIN_ONCE, NULL)) {
		target_faults(cmd)->set &= ~(1u << FAULT_EAGAIN_ONCE);
		adm_fail(cmd, SPEC_STATUS_EAGAIN, SPEC_Q_TRYAGAIN);
	} else if (not_ready(cmd, now)) {
		adm_fail(cmd, SPEC_STATUS_EAGAIN, SPEC_Q_TRYAGAIN);
	} else if (cmd_fault(cmd, FAULT_STATUS, &value)) {
		adm_fail(cmd, value, value ? SPEC_Q_INVALID_COMMAND : SPEC_Q_OK);
	} else {
		adm_cmd_run(cmd);
	}
	if (cmd->again) {
		cmd->at = now + ADM_AGAIN_NS;
		return;
	}
	if (cmd_fault(cmd, FAULT_QUALIFIER, &value))
		cmd->qualifier = value;
	cmd_fault(cmd, FAULT_LATE, &delay);
	if (cmd->opcode == SPEC_CMD_DEV_MODE_SET)
		card_fault(target_faults(cmd), FAULT_MODE_LATE, &delay);
	cmd->stage = ADM_RAN;
	cmd->at = now + delay;
}

/*
 * One used element more, for what the driver has back already. QEMU counts what
 * is in flight and takes none twice, so its count is put up first; nothing is
 * mapped any more.
 */
static void push_again(struct adm_queue *queue, const VirtQueueElement *elem, size_t used)
{
	VirtQueueElement again = { .index = elem->index, .ndescs = elem->ndescs };
	VirtQueueElement one_more = { .ndescs = -elem->ndescs };

	virtqueue_detach_element(queue->vq, &one_more, 0);
	virtqueue_push(queue->vq, &again, used);
}

static void complete(struct adm_queue *queue, struct adm_cmd *cmd)
{
	struct spec_cmd_status status = {
		.status = cpu_to_le16(cmd->status),
		.status_qualifier = cpu_to_le16(cmd->qualifier),
	};
	g_autofree uint8_t *answer = g_malloc(sizeof(status) + cmd->result_len);
	size_t used = MIN(sizeof(status) + cmd->result_len, cmd->writable);
	uint64_t shorter;

	memcpy(answer, &status, sizeof(status));
	if (cmd->result_len)
		memcpy(answer + sizeof(status), cmd->result, cmd->result_len);
	if (cmd_fault(cmd, FAULT_SHORT_USED, &shorter))
		used = MIN(used, shorter);
	iov_from_buf(cmd->elem.in_sg, cmd->elem.in_num, 0, answer, used);
	virtqueue_push(queue->vq, &cmd->elem, used);
	if (cmd_fault(cmd, FAULT_TWICE, NULL))
		push_again(queue, &cmd->elem, used);
	free_cmd(queue, cmd);
}

static bool any_held(struct adm_queue *queue)
{
	struct adm_cmd *cmd;

	QTAILQ_FOREACH(cmd, &queue->pending, next)
		if (cmd->stage == ADM_HELD)
			return true;
	return false;
}

static void run_due(struct adm_queue *queue, int64_t now)
{
	struct adm_cmd *cmd;

	QTAILQ_FOREACH(cmd, &queue->pending, next)
		if (cmd->stage == ADM_WAITING && cmd->at <= now &&
		    !cmd_fault(cmd, FAULT_MUTE, NULL))
			run(cmd, now);
}

/* True when a command was completed. */
static bool complete_due(struct adm_queue *queue, int64_t now)
{
	struct adm_cmd *cmd, *next;
	bool done = false;

	QTAILQ_FOREACH_SAFE(cmd, &queue->pending, next, next) {
		if (cmd->stage == ADM_WAITING || cmd->at > now)
			continue;
		if (cmd->stage == ADM_RAN && !any_held(queue) &&
		    cmd_fault(cmd, FAULT_REORDER, NULL)) {
			cmd->stage = ADM_HELD;
			cmd->at = now + ADM_HOLD_NS;
			continue;
		}
		complete(queue, cmd);
		done = true;
	}
	return done;
}

static void complete_held(struct adm_queue *queue)
{
	struct adm_cmd *cmd, *next;

	QTAILQ_FOREACH_SAFE(cmd, &queue->pending, next, next)
		if (cmd->stage == ADM_HELD)
			complete(queue, cmd);
}

/* Mute commands wait for adm_queue_kick(), not for a time. */
static void rearm(struct adm_queue *queue)
{
	int64_t first = INT64_MAX;
	struct adm_cmd *cmd;

	QTAILQ_FOREACH(cmd, &queue->pending, next)
		if (cmd->stage != ADM_WAITING ||
		    !cmd_fault(cmd, FAULT_MUTE, NULL))
			first = MIN(first, cmd->at);
	if (first == INT64_MAX)
		timer_del(queue->timer);
	else
		timer_mod_ns(queue->timer, first);
}

/* Running, and allowed to write to memory, which one that is gone is not. */
static bool works(VirtIODevice *vdev)
{
	return !virtio_device_disabled(vdev) && vdev->status & VIRTIO_CONFIG_S_DRIVER_OK;
}

static void process(struct adm_queue *queue, VirtIODevice *vdev, struct card_pf *pf)
{
	int64_t now = now_ns();

	if (!works(vdev))
		return;
	run_due(queue, now);
	if (complete_due(queue, now)) {
		complete_held(queue);
		virtio_notify(vdev, queue->vq);
	}
	rearm(queue);
}

void adm_queue_doorbell(VirtIODevice *vdev, VirtQueue *vq)
{
	struct card_pf *pf = CARD_PF(OBJECT(vdev)->parent);
	struct adm_queue *queue = &pf->queue;
	int64_t at = now_ns() + (int64_t)queue->latency_us * SCALE_US;
	struct adm_cmd *cmd;

	if (!works(vdev) || !virtio_vdev_has_feature(vdev, SPEC_F_ADMIN_VQ))
		return;
	while ((cmd = virtqueue_pop(vq, sizeof(*cmd)))) {
		memset((uint8_t *)cmd + sizeof(cmd->elem), 0, sizeof(*cmd) - sizeof(cmd->elem));
		cmd->pf = pf;
		cmd->at = at;
		read_header(cmd);
		QTAILQ_INSERT_TAIL(&queue->pending, cmd, next);
	}
	process(queue, vdev, pf);
}

static void timer_fired(void *opaque)
{
	struct card_pf *pf = opaque;

	adm_queue_kick(&pf->queue);
}

void adm_queue_kick(struct adm_queue *queue)
{
	struct card_pf *pf = container_of(queue, struct card_pf, queue);

	if (!queue->vq)
		return;
	if (!card_func_enter(&pf->func)) {
		timer_mod_ns(queue->timer, now_ns() + SCALE_US);
		return;
	}
	process(queue, pf->func.vdev, pf);
	card_func_leave(&pf->func);
}

void adm_queue_drop(struct adm_queue *queue)
{
	struct adm_cmd *cmd;

	while ((cmd = QTAILQ_FIRST(&queue->pending))) {
		virtqueue_detach_element(queue->vq, &cmd->elem, 0);
		free_cmd(queue, cmd);
	}
	if (queue->timer)
		timer_del(queue->timer);
}

void adm_queue_init(struct adm_queue *queue, struct card_pf *pf)
{
	QTAILQ_INIT(&queue->pending);
	queue->timer = timer_new_ns(QEMU_CLOCK_VIRTUAL, timer_fired, pf);
}

void adm_queue_attach(struct adm_queue *queue, VirtQueue *vq)
{
	queue->vq = vq;
}

void adm_queue_exit(struct adm_queue *queue)
{
	if (queue->vq) {
		adm_queue_drop(queue);
		virtio_delete_queue(queue->vq);
		queue->vq = NULL;
	}
	timer_free(queue->timer);
	queue->timer = NULL;
}
