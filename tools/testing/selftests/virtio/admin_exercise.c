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
#include <linux/cpumask.h>
#include <linux/crc32.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/scatterlist.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/virtio_device_parts.h>
#include <linux/virtio_pci_admin.h>
#include <linux/workqueue.h>

#define EXERCISE_LINE_MAX	128
#define EXERCISE_ERRORS		8
#define EXERCISE_THREADS	8
#define EXERCISE_SAMPLES	(1U << 20)

/* One command line and its outcome */
struct exercise_run {
	struct mutex lock;		/* the whole struct: one writer or reader at a time */
	unsigned int repeat;
	unsigned long long args[3];
	unsigned int calls, ok;
	u64 max_ns, total_ns;
	u32 *samples;			/* of the first so many calls, or NULL */
	unsigned int n_samples, max_samples;
	struct {
		int err;
		unsigned int n;
	} errors[EXERCISE_ERRORS];
	u8 bytes[U8_MAX];
	unsigned int n_bytes;
	struct virtio_pci_legacy_notify list[VIRTIO_PCI_LEGACY_NOTIFY_MAX];
	unsigned int n_list;
};

struct exercise_op;
struct exercise_vf;

struct exercise_thread {
	struct task_struct *task;
	struct exercise_vf *vf;
	const struct exercise_op *op;
	struct exercise_run run;	/* the thread's, until it ended */
};

struct exercise_vf {
	struct pci_dev *pdev;
	struct dentry *file;
	bool leaving;			/* removal waits for the writers */
	struct mutex parts_lock;
	void *parts;			/* room for an object's header, and parts */
	u32 n_parts;
	struct mutex lock;		/* threads */
	struct exercise_thread *threads[EXERCISE_THREADS];
	unsigned int n_threads;
};

static struct dentry *exercise_dir;
static struct exercise_run exercise_removed = {
	.lock = __MUTEX_INITIALIZER(exercise_removed.lock),
};

static int call_has(struct pci_dev *pdev, struct exercise_run *run)
{
	return virtio_pci_admin_has_legacy_io(pdev) ? 0 : -EOPNOTSUPP;
}

static int call_has_regs(struct pci_dev *pdev, struct exercise_run *run)
{
	return virtio_pci_admin_has_legacy_regs(pdev) ? 0 : -EOPNOTSUPP;
}

static int call_common_read(struct pci_dev *pdev, struct exercise_run *run)
{
	run->n_bytes = run->args[1];
	return virtio_pci_admin_legacy_common_io_read(pdev, run->args[0], run->args[1],
						      run->bytes);
}

static int call_device_read(struct pci_dev *pdev, struct exercise_run *run)
{
	run->n_bytes = run->args[1];
	return virtio_pci_admin_legacy_device_io_read(pdev, run->args[0], run->args[1],
						      run->bytes);
}

static void value_to_bytes(struct exercise_run *run)
{
	memset(run->bytes, 0, sizeof(run->bytes));
	for (int i = 0; i < 8; i++)
		run->bytes[i] = run->args[2] >> (8 * i);
}

static int call_common_write(struct pci_dev *pdev, struct exercise_run *run)
{
	value_to_bytes(run);
	return virtio_pci_admin_legacy_common_io_write(pdev, run->args[0], run->args[1],
						       run->bytes);
}

static int call_device_write(struct pci_dev *pdev, struct exercise_run *run)
{
	value_to_bytes(run);
	return virtio_pci_admin_legacy_device_io_write(pdev, run->args[0], run->args[1],
						       run->bytes);
}

static int call_notify_info(struct pci_dev *pdev, struct exercise_run *run)
{
	run->n_list = 1;
	run->list[0].flags = run->args[0];
	return virtio_pci_admin_legacy_io_notify_info(pdev, run->args[0], &run->list[0].bar,
						      &run->list[0].offset);
}

static int call_notify_list(struct pci_dev *pdev, struct exercise_run *run)
{
	int n = virtio_pci_admin_legacy_io_notify_list(pdev, run->list, ARRAY_SIZE(run->list));

	if (n < 0)
		return n;
	run->n_list = n;
	return 0;
}

/* --- device parts --- */

#define EXERCISE_ROOM_MAX	0x20000
#define EXERCISE_HEADER		sizeof(struct virtio_admin_abi_obj)

static int call_has_parts(struct pci_dev *pdev, struct exercise_run *run)
{
	return virtio_pci_admin_has_dev_parts(pdev) ? 0 : -EOPNOTSUPP;
}

static int call_mode(struct pci_dev *pdev, struct exercise_run *run)
{
	return virtio_pci_admin_mode_set(pdev, run->args[0]);
}

static int exercise_number(struct exercise_run *run, int ret, u32 number)
{
	__le32 bytes = cpu_to_le32(number);

	memcpy(run->bytes, &bytes, sizeof(bytes));
	run->n_bytes = ret ? 0 : sizeof(number);
	return ret;
}

static int call_obj_create(struct pci_dev *pdev, struct exercise_run *run)
{
	u32 id = 0;
	int ret = virtio_pci_admin_obj_create(pdev, VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS, run->args[0],
					      &id);

	return exercise_number(run, ret, id);
}

static int call_obj_destroy(struct pci_dev *pdev, struct exercise_run *run)
{
	return virtio_pci_admin_obj_destroy(pdev, VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS, run->args[0]);
}

static int exercise_metadata(struct pci_dev *pdev, struct exercise_run *run, u8 type)
{
	u32 number = 0;
	int ret = virtio_pci_admin_dev_parts_metadata_get(pdev, VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS,
							  run->args[0], type, &number);

	return exercise_number(run, ret, number);
}

static int call_parts_size(struct pci_dev *pdev, struct exercise_run *run)
{
	return exercise_metadata(pdev, run, VIRTIO_ADMIN_ABI_METADATA_SIZE);
}

static int call_parts_count(struct pci_dev *pdev, struct exercise_run *run)
{
	return exercise_metadata(pdev, run, VIRTIO_ADMIN_ABI_METADATA_COUNT);
}

/* @buf in so many pieces */
static int exercise_sg(struct sg_table *table, u8 *buf, u32 len, unsigned int pieces)
{
	struct scatterlist *sg;
	unsigned int i;

	if (!pieces || pieces > len)
		return -EINVAL;
	if (sg_alloc_table(table, pieces, GFP_KERNEL))
		return -ENOMEM;
	for_each_sgtable_sg(table, sg, i) {
		u32 n = i + 1 < pieces ? len / pieces : len;

		sg_set_buf(sg, buf, n);
		buf += n;
		len -= n;
	}
	return 0;
}

static int exercise_parts_get(struct exercise_vf *vf, struct exercise_run *run, u8 *room)
{
	struct sg_table table;
	int ret = exercise_sg(&table, room + EXERCISE_HEADER, run->args[2], run->args[1]);

	if (ret)
		return ret;
	ret = virtio_pci_admin_dev_parts_get(vf->pdev, VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS,
					     run->args[0], VIRTIO_ADMIN_ABI_PARTS_ALL, table.sgl,
					     &vf->n_parts);
	sg_free_table(&table);
	return ret;
}

static int call_parts_get(struct pci_dev *pdev, struct exercise_run *run)
{
	struct exercise_vf *vf = pci_get_drvdata(pdev);
	u8 *room;
	int ret;

	if (run->args[2] > EXERCISE_ROOM_MAX)
		return -EINVAL;
	room = kzalloc(EXERCISE_HEADER + run->args[2], GFP_KERNEL);
	if (!room)
		return -ENOMEM;
	mutex_lock(&vf->parts_lock);
	kfree(vf->parts);
	vf->parts = room;
	vf->n_parts = 0;
	ret = exercise_parts_get(vf, run, room);
	exercise_number(run, ret, ret ? 0 : crc32_le(0, room + EXERCISE_HEADER, vf->n_parts));
	mutex_unlock(&vf->parts_lock);
	return ret;
}

static int call_parts_set(struct pci_dev *pdev, struct exercise_run *run)
{
	struct virtio_admin_abi_obj header = { .id = cpu_to_le32(run->args[0]) };
	struct exercise_vf *vf = pci_get_drvdata(pdev);
	struct sg_table table;
	int ret = -ENODATA;

	mutex_lock(&vf->parts_lock);
	if (vf->n_parts) {
		memcpy(vf->parts, &header, sizeof(header));
		ret = exercise_sg(&table, vf->parts, EXERCISE_HEADER + vf->n_parts, run->args[1]);
	}
	if (!ret) {
		ret = virtio_pci_admin_dev_parts_set(pdev, table.sgl);
		sg_free_table(&table);
	}
	mutex_unlock(&vf->parts_lock);
	return ret;
}

/* As a migration reads them: the largest command that there is, all the time */
static int call_parts_cycle(struct pci_dev *pdev, struct exercise_run *run)
{
	struct exercise_run inner = { .args = { 0, 3, EXERCISE_ROOM_MAX } };
	u32 id;
	int ret = virtio_pci_admin_obj_create(pdev, VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS,
					      VIRTIO_ADMIN_ABI_OBJ_GET, &id);

	if (ret)
		return ret;
	inner.args[0] = id;
	ret = call_parts_get(pdev, &inner);
	return virtio_pci_admin_obj_destroy(pdev, VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS, id) ?: ret;
}

static const struct exercise_op {
	const char *name;
	int (*call)(struct pci_dev *pdev, struct exercise_run *run);
	unsigned int n_args;
} exercise_ops[] = {
	{ "common_read", call_common_read, 2 },
	{ "common_write", call_common_write, 3 },
	{ "device_read", call_device_read, 2 },
	{ "device_write", call_device_write, 3 },
	{ "has", call_has, 0 },
	{ "has_parts", call_has_parts, 0 },
	{ "has_regs", call_has_regs, 0 },
	{ "mode", call_mode, 1 },
	{ "notify_info", call_notify_info, 1 },
	{ "notify_list", call_notify_list, 0 },
	{ "obj_create", call_obj_create, 1 },
	{ "obj_destroy", call_obj_destroy, 1 },
	{ "parts_count", call_parts_count, 1 },
	{ "parts_cycle", call_parts_cycle, 0 },
	{ "parts_get", call_parts_get, 3 },
	{ "parts_set", call_parts_set, 2 },
	{ "parts_size", call_parts_size, 1 },
};

static const struct exercise_op *exercise_find(const char *name)
{
	for (int i = 0; i < ARRAY_SIZE(exercise_ops); i++)
		if (!strcmp(exercise_ops[i].name, name))
			return &exercise_ops[i];
	return NULL;
}

static void exercise_count_error(struct exercise_run *run, int err, unsigned int n)
{
	for (int i = 0; i < EXERCISE_ERRORS; i++) {
		if (run->errors[i].n && run->errors[i].err != err)
			continue;
		run->errors[i].err = err;
		run->errors[i].n += n;
		return;
	}
}

static int exercise_once(struct exercise_vf *vf, struct exercise_run *run,
			 const struct exercise_op *op)
{
	u64 start = ktime_get_ns(), took;
	int ret;

	run->n_bytes = 0;
	run->n_list = 0;
	ret = op->call(vf->pdev, run);
	took = ktime_get_ns() - start;
	run->calls++;
	run->total_ns += took;
	run->max_ns = max(run->max_ns, took);
	if (run->n_samples < run->max_samples)
		run->samples[run->n_samples++] = min_t(u64, took, U32_MAX);
	if (ret) {
		exercise_count_error(run, ret, 1);
		run->n_bytes = 0;
		run->n_list = 0;
	} else {
		run->ok++;
	}
	return ret;
}

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
	if (run->args[0] > U8_MAX || run->args[1] > U8_MAX)
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

/* --- threads --- */

static unsigned int pace_us;
module_param(pace_us, uint, 0644);
MODULE_PARM_DESC(pace_us, "pause of a thread after each call, in microseconds (default 0)");

static int exercise_thread_run(void *data)
{
	struct exercise_thread *thread = data;

	while (!kthread_should_stop()) {
		unsigned int pause = READ_ONCE(pace_us);

		/* a device that is away answers at once: do not spin */
		if (exercise_once(thread->vf, &thread->run, thread->op))
			pause = max(pause, 100U);
		if (pause)
			usleep_range(pause, 2 * pause);
		cond_resched();
	}
	return 0;
}

static void exercise_merge(struct exercise_run *to, const struct exercise_run *from)
{
	to->calls += from->calls;
	to->ok += from->ok;
	to->total_ns += from->total_ns;
	to->max_ns = max(to->max_ns, from->max_ns);
	for (int i = 0; i < EXERCISE_ERRORS && from->errors[i].n; i++)
		exercise_count_error(to, from->errors[i].err, from->errors[i].n);
}

/* @run: locked, or nobody else's */
static void exercise_stop(struct exercise_vf *vf, struct exercise_run *run)
{
	mutex_lock(&vf->lock);
	while (vf->n_threads) {
		struct exercise_thread *thread = vf->threads[--vf->n_threads];

		kthread_stop(thread->task);
		exercise_merge(run, &thread->run);
		kfree(thread);
	}
	mutex_unlock(&vf->lock);
}

static int exercise_start_one(struct exercise_vf *vf, const struct exercise_run *run,
			      const struct exercise_op *op)
{
	struct exercise_thread *thread = kzalloc(sizeof(*thread), GFP_KERNEL);

	lockdep_assert_held(&vf->lock);
	if (!thread)
		return -ENOMEM;
	thread->vf = vf;
	thread->op = op;
	memcpy(thread->run.args, run->args, sizeof(run->args));
	thread->task = kthread_run(exercise_thread_run, thread, "admin_exercise");
	if (IS_ERR(thread->task)) {
		int ret = PTR_ERR(thread->task);

		kfree(thread);
		return ret;
	}
	vf->threads[vf->n_threads++] = thread;
	return 0;
}

static int exercise_start(struct exercise_vf *vf, const struct exercise_run *run,
			  const struct exercise_op *op, unsigned int n)
{
	int ret = 0;

	mutex_lock(&vf->lock);
	if (n > EXERCISE_THREADS - vf->n_threads)
		ret = -EBUSY;
	for (; n && !ret; n--)
		ret = exercise_start_one(vf, run, op);
	mutex_unlock(&vf->lock);
	return ret;
}

/* --- a worker that keeps its CPU --- */

static struct delayed_work exercise_hog_work;
static unsigned int exercise_hog_ms;
static bool exercise_hog_runs;

static void exercise_hog(struct work_struct *work)
{
	ktime_t end = ktime_add_ms(ktime_get(), exercise_hog_ms);

	/* it stays runnable, so its queue starts no other worker on this CPU */
	while (ktime_before(ktime_get(), end)) {
		cpu_relax();
		cond_resched();
	}
	WRITE_ONCE(exercise_hog_runs, false);
}

/* "CPU MS": the kernel's workqueue is busy there for so long */
static ssize_t exercise_hog_write(struct file *file, const char __user *user, size_t len,
				  loff_t *pos)
{
	char line[EXERCISE_LINE_MAX];
	unsigned int cpu, ms;

	if (len >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, user, len))
		return -EFAULT;
	line[len] = 0;
	if (sscanf(line, "%u %u", &cpu, &ms) != 2 || cpu >= nr_cpu_ids || !cpu_online(cpu) ||
	    ms > 10000)
		return -EINVAL;
	if (READ_ONCE(exercise_hog_runs))
		return -EBUSY;
	exercise_hog_ms = ms;
	WRITE_ONCE(exercise_hog_runs, true);
	schedule_delayed_work_on(cpu, &exercise_hog_work, 0);
	return len;
}

static int exercise_hog_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%d\n", READ_ONCE(exercise_hog_runs));
	return 0;
}

static int exercise_hog_open(struct inode *inode, struct file *file)
{
	return single_open(file, exercise_hog_show, NULL);
}

static const struct file_operations exercise_hog_fops = {
	.owner = THIS_MODULE,
	.open = exercise_hog_open,
	.read = seq_read,
	.write = exercise_hog_write,
	.llseek = seq_lseek,
	.release = single_release,
};

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
	struct seq_file *m = file->private_data;
	struct exercise_run *run = m->private;
	struct exercise_vf *vf = file_inode(file)->i_private;
	char line[EXERCISE_LINE_MAX];
	int ret;

	if (len >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, user, len))
		return -EFAULT;
	line[len] = 0;
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
	int ret;

	if (!run)
		return -ENOMEM;
	mutex_init(&run->lock);
	ret = single_open(file, exercise_show, run);
	if (ret)
		kfree(run);
	return ret;
}

static int exercise_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;
	struct exercise_run *run = m->private;

	kvfree(run->samples);
	kfree(run);
	return single_release(inode, file);
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
	INIT_DELAYED_WORK(&exercise_hog_work, exercise_hog);
	debugfs_create_file("hog", 0600, exercise_dir, NULL, &exercise_hog_fops);
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
	cancel_delayed_work_sync(&exercise_hog_work);
}
module_exit(exercise_exit);

MODULE_DESCRIPTION("Test: call the virtio-pci admin API for VFs");
MODULE_LICENSE("GPL");
