// SPDX-License-Identifier: GPL-2.0-only
/*
 * Call the owner's admin API for a VF, as a VF's driver does, from a shell.
 *
 * A test module: never load it on a machine that matters. It binds by
 * driver_override only, to VFs and to whatever is to be refused as none, and gives
 * each a file in debugfs, admin_exercise/<VF>:
 *
 *	write  [repeat N] has|has_regs
 *	       [repeat N] common_read|device_read OFFSET SIZE
 *	       [repeat N] common_write|device_write OFFSET SIZE VALUE
 *	       [repeat N] notify_info FLAGS
 *	       [repeat N] notify_list
 *	       [repeat N] has_parts
 *	       [repeat N] mode FLAGS
 *	       [repeat N] obj_create KIND
 *	       [repeat N] obj_destroy ID
 *	       [repeat N] parts_size|parts_count ID
 *	       [repeat N] parts_get ID PIECES ROOM, which the VF keeps
 *	       parts_pad LENGTH, so long the data of the next parts_set are then, by an
 *	       optional part that no device knows
 *	       [repeat N] parts_set ID PIECES, those that it kept
 *	       [repeat N] parts_cycle, with an object of its own
 *	       threads N CALL, N kernel threads repeat one of the above
 *	       stop, these threads
 *	read   what came of it, on the same open file (of threads: after stop): a
 *	       line "calls ... ok ... max_us ... total_us ...", with repeat a line
 *	       "p50_ns ... p99_ns ...", a line "error E N" for each error number,
 *	       and the bytes or addresses of the last call that succeeded
 *
 * Numbers are as C writes them; VALUE is stored little-endian. A write returns
 * the error of the last call. Calls run in the writer's context one after the
 * other until done, killed, or the VF's removal. Kernel threads take no signals,
 * do not freeze, and end at the VF's removal, which waits for them; what came of
 * these is added up in admin_exercise/removed.
 *
 * admin_exercise/hog takes "CPU MS": the kernel's own workqueue is kept busy on
 * that CPU for so long; it reads as 1 meanwhile.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "admin_exercise.h"
#include "exercise_file.h"

#define EXERCISE_SAMPLES	(1U << 20)

static struct dentry *exercise_dir;
static struct exercise_run exercise_removed = {
	.lock = __MUTEX_INITIALIZER(exercise_removed.lock),
};

/* Return: the next word, or NULL */
static char *exercise_word(char **line)
{
	char *word;

	do {
		word = strsep(line, "\n ");
	} while (word && !*word);
	return word;
}

/* @word is @name: a number comes next, and then another word. Else @n stays. */
static int exercise_prefix(const char *name, char **word, char **line, unsigned int *n)
{
	if (!*word || strcmp(*word, name))
		return 0;
	*word = exercise_word(line);
	if (!*word || kstrtouint(*word, 0, n) || !*n)
		return -EINVAL;
	*word = exercise_word(line);
	return 0;
}

static int exercise_parse(struct exercise_run *run, char *line, unsigned int *threads,
			  const struct exercise_op **op)
{
	char *word = exercise_word(&line);

	run->repeat = 1;
	*threads = 0;
	if (exercise_prefix("repeat", &word, &line, &run->repeat) ||
	    exercise_prefix("threads", &word, &line, threads))
		return -EINVAL;
	*op = word ? exercise_find(word) : NULL;
	if (!*op)
		return -EINVAL;
	for (unsigned int i = 0; i < (*op)->n_args; i++) {
		word = exercise_word(&line);
		if (!word || kstrtoull(word, 0, &run->args[i]))
			return -EINVAL;
	}
	/* offset and size, flags, an object and pieces: what the calls take */
	if ((run->args[0] > U8_MAX && !(*op)->large) || run->args[1] > U8_MAX)
		return -EINVAL;
	return exercise_word(&line) ? -EINVAL : 0;
}

static void exercise_clear(struct exercise_run *run)
{
	memset(run->args, 0, sizeof(run->args));
	memset(run->errors, 0, sizeof(run->errors));
	run->calls = 0;
	run->ok = 0;
	run->max_ns = 0;
	run->total_ns = 0;
	run->n_bytes = 0;
	run->n_list = 0;
	kvfree(run->samples);
	run->samples = NULL;
	run->n_samples = 0;
	run->max_samples = 0;
}

/* --- files --- */

static int exercise_repeat(struct exercise_vf *vf, struct exercise_run *run,
			   const struct exercise_op *op)
{
	int ret = 0;

	if (run->repeat > 1) {
		run->max_samples = min(run->repeat, EXERCISE_SAMPLES);
		run->samples = kvcalloc(run->max_samples, sizeof(*run->samples), GFP_KERNEL);
		if (!run->samples)
			run->max_samples = 0;
	}
	for (unsigned int i = 0; i < run->repeat; i++) {
		if (READ_ONCE(vf->leaving) || fatal_signal_pending(current))
			break;
		ret = exercise_once(vf, run, op);
		cond_resched();
	}
	return ret;
}

static int exercise_line(struct exercise_vf *vf, struct exercise_run *run, char *line)
{
	const struct exercise_op *op;
	unsigned int threads;
	int ret;

	if (!strcmp(strim(line), "stop")) {
		exercise_stop(vf, run);
		return 0;
	}
	ret = exercise_parse(run, line, &threads, &op);
	if (ret)
		return ret;
	return threads ? exercise_start(vf, run, op, threads) : exercise_repeat(vf, run, op);
}

static ssize_t exercise_write(struct file *file, const char __user *user, size_t len,
			      loff_t *pos)
{
	struct exercise_run *run = exercise_file_private(file);
	struct exercise_vf *vf = file_inode(file)->i_private;
	char line[EXERCISE_LINE_MAX];
	int ret = exercise_file_line(line, sizeof(line), user, len);

	if (ret)
		return ret;
	mutex_lock(&run->lock);
	exercise_clear(run);
	ret = exercise_line(vf, run, line);
	mutex_unlock(&run->lock);
	return ret ?: len;
}

static int exercise_compare(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

static void exercise_show_samples(struct seq_file *m, struct exercise_run *run)
{
	unsigned int n = run->n_samples;

	if (!n)
		return;
	sort(run->samples, n, sizeof(*run->samples), exercise_compare, NULL);
	seq_printf(m, "p50_ns %u p99_ns %u\n", run->samples[n / 2],
		   run->samples[(u64)n * 99 / 100]);
}

static int exercise_show(struct seq_file *m, void *unused)
{
	struct exercise_run *run = m->private;

	mutex_lock(&run->lock);
	seq_printf(m, "calls %u ok %u max_us %llu total_us %llu\n", run->calls, run->ok,
		   run->max_ns / NSEC_PER_USEC, run->total_ns / NSEC_PER_USEC);
	exercise_show_samples(m, run);
	for (int i = 0; i < EXERCISE_ERRORS && run->errors[i].n; i++)
		seq_printf(m, "error %d %u\n", run->errors[i].err, run->errors[i].n);
	if (run->n_bytes)
		seq_printf(m, "bytes %*ph\n", (int)min_t(unsigned int, run->n_bytes, 64),
			   run->bytes);
	for (unsigned int i = 0; i < run->n_list; i++)
		seq_printf(m, "notify flags %u bar %u offset %llu\n", run->list[i].flags,
			   run->list[i].bar, run->list[i].offset);
	mutex_unlock(&run->lock);
	return 0;
}

static int exercise_open(struct inode *inode, struct file *file)
{
	struct exercise_run *run = kzalloc(sizeof(*run), GFP_KERNEL);

	if (run)
		mutex_init(&run->lock);
	return exercise_file_open(file, exercise_show, run);
}

static int exercise_release(struct inode *inode, struct file *file)
{
	struct exercise_run *run = exercise_file_private(file);

	kvfree(run->samples);
	return exercise_file_release(inode, file);
}

static const struct file_operations exercise_fops = {
	.owner = THIS_MODULE,
	.open = exercise_open,
	.read = seq_read,
	.write = exercise_write,
	.llseek = seq_lseek,
	.release = exercise_release,
};

static int exercise_removed_open(struct inode *inode, struct file *file)
{
	return single_open(file, exercise_show, &exercise_removed);
}

static const struct file_operations exercise_removed_fops = {
	.owner = THIS_MODULE,
	.open = exercise_removed_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
};

static int exercise_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct exercise_vf *vf = kzalloc(sizeof(*vf), GFP_KERNEL);

	if (!vf)
		return -ENOMEM;
	vf->pdev = pdev;
	mutex_init(&vf->lock);
	mutex_init(&vf->parts_lock);
	pci_set_drvdata(pdev, vf);
	vf->file = debugfs_create_file(pci_name(pdev), 0600, exercise_dir, vf, &exercise_fops);
	return 0;
}

static void exercise_remove(struct pci_dev *pdev)
{
	struct exercise_vf *vf = pci_get_drvdata(pdev);

	WRITE_ONCE(vf->leaving, true);
	/* waits for writers: none calls for a VF that is gone */
	debugfs_remove(vf->file);
	mutex_lock(&exercise_removed.lock);
	exercise_stop(vf, &exercise_removed);
	mutex_unlock(&exercise_removed.lock);
	kfree(vf->parts);
	kfree(vf);
}

/* --- error recovery: the VF's own part, which is none --- */

static bool recovers = true;
module_param(recovers, bool, 0644);
MODULE_PARM_DESC(recovers, "take part in PCI error recovery, otherwise fail it (default Y)");

static pci_ers_result_t exercise_error_detected(struct pci_dev *pdev, pci_channel_state_t state)
{
	/* no other function's answer overrides this one */
	if (!recovers)
		return PCI_ERS_RESULT_NO_AER_DRIVER;
	return state == pci_channel_io_normal ? PCI_ERS_RESULT_CAN_RECOVER :
						PCI_ERS_RESULT_NEED_RESET;
}

static pci_ers_result_t exercise_slot_reset(struct pci_dev *pdev)
{
	return PCI_ERS_RESULT_RECOVERED;
}

static const struct pci_error_handlers exercise_errors = {
	.error_detected = exercise_error_detected,
	.slot_reset = exercise_slot_reset,
};

/* nothing by itself: driver_override alone */
static const struct pci_device_id exercise_ids[] = {
	{ }
};

static struct pci_driver exercise_driver = {
	.name = "admin_exercise",
	.id_table = exercise_ids,
	.probe = exercise_probe,
	.remove = exercise_remove,
	.err_handler = &exercise_errors,
};

static int __init exercise_init(void)
{
	int ret;

	exercise_dir = debugfs_create_dir("admin_exercise", NULL);
	debugfs_create_file("removed", 0400, exercise_dir, NULL, &exercise_removed_fops);
	exercise_hog_init(exercise_dir);
	ret = pci_register_driver(&exercise_driver);
	if (ret)
		debugfs_remove_recursive(exercise_dir);
	return ret;
}
module_init(exercise_init);

static void __exit exercise_exit(void)
{
	pci_unregister_driver(&exercise_driver);
	debugfs_remove_recursive(exercise_dir);
	exercise_hog_exit();
}
module_exit(exercise_exit);

MODULE_DESCRIPTION("Test: call the virtio-pci admin API for VFs");
MODULE_LICENSE("GPL");
