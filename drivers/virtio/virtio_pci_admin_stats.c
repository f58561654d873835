// SPDX-License-Identifier: GPL-2.0-only
/*
 * What has the admin queue done? Tracepoints, and counters in debugfs:
 *
 *	virtio_pci/<PF>/stats	the queue, and the owner's own commands
 *	virtio_pci/<PF>/vfN	commands for VF N (member N + 1)
 *
 * Documentation/admin-queue.rst describes the lines. Counters are never reset, not
 * even when VFs are disabled and enabled again.
 */
#include <linux/debugfs.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>

#include "virtio_pci_admin_priv.h"

#define CREATE_TRACE_POINTS
#include "virtio_pci_trace.h"

static const char * const vp_admin_error_names[VP_ADMIN_ERRORS] = {
	[VP_ADMIN_ERROR_STATUS] = "status",
	[VP_ADMIN_ERROR_SHORT] = "short",
	[VP_ADMIN_ERROR_TIMEOUT] = "timeout",
	[VP_ADMIN_ERROR_KILLED] = "killed",
	[VP_ADMIN_ERROR_BUSY] = "busy",
	[VP_ADMIN_ERROR_LOST] = "lost",
};

/* root_lock protects root, which exists while root_users is not 0 */
static DEFINE_MUTEX(root_lock);
static struct dentry *root;
static unsigned int root_users;

void vp_admin_stats_command(struct vp_admin_cmd *cmd)
{
	atomic64_inc(&cmd->member->stats.commands[cmd->row]);
	trace_virtio_pci_admin_submit(cmd->member->admin->pdev, cmd->group,
				      vp_admin_opcode(cmd->row), cmd->member->id);
}

void vp_admin_stats_answer(struct vp_admin_cmd *cmd, int ret,
			   const struct vp_avq_cmd *avq_cmd,
			   const struct vp_admin_answer *answer)
{
	struct vp_admin_member *member = cmd->member;

	if (avq_cmd->answered) {
		atomic64_inc(&member->stats.answers);
		atomic64_add(avq_cmd->latency_ns, &member->stats.latency_ns);
	}
	trace_virtio_pci_admin_complete(member->admin->pdev, cmd->group,
					vp_admin_opcode(cmd->row), member->id, ret,
					avq_cmd->latency_ns, answer->status, answer->qualifier,
					answer->result_len);
}

void vp_admin_stats_error(struct vp_admin_member *member, enum vp_admin_error error)
{
	atomic64_inc(&member->stats.errors[error]);
}

static void vp_admin_show_member(struct seq_file *m, struct vp_admin_member *member)
{
	struct vp_admin_stats *stats = &member->stats;

	for (int i = 0; i < VP_ADMIN_ROWS; i++)
		seq_printf(m, "command_%s %lld\n", vp_admin_rows[i].name,
			   atomic64_read(&stats->commands[i]));
	for (int i = 0; i < VP_ADMIN_ERRORS; i++)
		seq_printf(m, "error_%s %lld\n", vp_admin_error_names[i],
			   atomic64_read(&stats->errors[i]));
	seq_printf(m, "retries %lld\n", atomic64_read(&stats->retries));
	seq_printf(m, "slots_held %u\n", READ_ONCE(member->account.held));
	seq_printf(m, "slots_orphaned %u\n", READ_ONCE(member->account.orphans));
	seq_printf(m, "bulk_slots_held %u\n", READ_ONCE(member->bulk.held));
	seq_printf(m, "answers %lld\nlatency_ns %lld\n", atomic64_read(&stats->answers),
		   atomic64_read(&stats->latency_ns));
}

static int member_show(struct seq_file *m, void *unused)
{
	struct vp_admin_member *member = m->private;

	vp_avq_reap(&member->admin->avq);
	seq_printf(m, "member %u\n", member->id);
	vp_admin_show_member(m, member);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(member);

static void vp_admin_show_group(struct seq_file *m, struct vp_admin *admin, const char *name,
				u16 group)
{
	const struct vp_admin_agreement *agreement;

	rcu_read_lock();
	agreement = rcu_dereference(admin->group[group].agreement);
	if (agreement && agreement->reset_gen != READ_ONCE(admin->avq.reset_gen))
		agreement = NULL;
	seq_printf(m, "group_%s %s\n", name, agreement ? "negotiated" : "none");
	if (agreement) {
		seq_printf(m, "group_%s_offered %u\n", name, agreement->offered.count);
		seq_printf(m, "group_%s_highest %u\n", name, agreement->offered.highest);
		for (int i = 0; i < VP_ADMIN_ROWS; i++)
			if (vp_admin_row_known(i) &&
			    vp_admin_list_test(&agreement->used, vp_admin_opcode(i)))
				seq_printf(m, "group_%s_uses %s\n", name, vp_admin_rows[i].name);
	}
	rcu_read_unlock();
}

static const char *vp_admin_state(const struct vp_avq *avq)
{
	if (!avq->ring.ops)
		return "none";
	if (avq->broken)
		return "broken";
	return avq->err ? "closed" : "open";
}

static void vp_admin_show_queue(struct seq_file *m, struct vp_avq *avq)
{
	struct vp_avq_counts counts;
	const char *state, *format;
	unsigned int slots, held, orphans, cap;
	size_t bytes;

	vp_avq_reap(avq);
	spin_lock_irq(&avq->lock);
	counts = avq->counts;
	state = vp_admin_state(avq);
	format = avq->ring.ops ? avq->ring.ops->name : "none";
	slots = avq->ring.ops ? avq->ring.slots : 0;
	held = avq->held;
	orphans = avq->orphans;
	cap = avq->cap;
	bytes = vp_avq_bytes(avq);
	spin_unlock_irq(&avq->lock);

	seq_printf(m, "queue %s\nformat %s\nslots %u\nslots_per_member %u\n", state, format,
		   slots, cap);
	seq_printf(m, "queue_slots_held %u\nqueue_slots_orphaned %u\n", held, orphans);
	seq_printf(m, "submitted %llu\nkicks %llu\ninterrupts %llu\nwaited %llu\n",
		   counts.submitted, counts.kicks, counts.interrupts, counts.waited);
	seq_printf(m, "orphaned %llu\nlate %llu\n", counts.orphaned, counts.late);
	seq_printf(m, "bytes_queue %zu\nbytes_member %zu\n", bytes,
		   sizeof(struct vp_admin_member) + sizeof(struct vp_admin_member *));
}

static int stats_show(struct seq_file *m, void *unused)
{
	struct vp_admin *admin = m->private;

	vp_admin_show_queue(m, &admin->avq);
	vp_admin_show_group(m, admin, "self", VIRTIO_ADMIN_GROUP_TYPE_SELF);
	vp_admin_show_group(m, admin, "sriov", VIRTIO_ADMIN_GROUP_TYPE_SRIOV);
	seq_puts(m, "member 0\n");
	vp_admin_show_member(m, admin->members[0]);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

void vp_admin_stats_create(struct vp_admin *admin)
{
	mutex_lock(&root_lock);
	if (!root_users++)
		root = debugfs_create_dir("virtio_pci", NULL);
	admin->dir = debugfs_create_dir(pci_name(admin->pdev), root);
	mutex_unlock(&root_lock);
	debugfs_create_file("stats", 0400, admin->dir, admin, &stats_fops);
}

void vp_admin_stats_destroy(struct vp_admin *admin)
{
	debugfs_remove_recursive(admin->dir);
	mutex_lock(&root_lock);
	if (!--root_users)
		debugfs_remove_recursive(root);
	mutex_unlock(&root_lock);
}

/* Create the files of the first @num_vfs VFs, and remove all others */
void vp_admin_stats_members(struct vp_admin *admin, unsigned int num_vfs)
{
	char name[16];

	for (unsigned int id = 1; id <= admin->max_members; id++) {
		struct vp_admin_member *member = admin->members[id];
		bool wanted = id <= num_vfs;

		if (!member || !!member->file == wanted)
			continue;
		if (!wanted) {
			debugfs_remove(member->file);
			member->file = NULL;
			continue;
		}
		scnprintf(name, sizeof(name), "vf%u", id - 1);
		member->file = debugfs_create_file(name, 0400, admin->dir, member, &member_fops);
	}
}
