// SPDX-License-Identifier: GPL-2.0-only
/*
 * Call the owner's admin API for a VF, as a VF's driver does, from a shell.
 *
 * A test module: never load it on a machine that matters. It binds to VFs by
 * driver_override only, and gives each a file in debugfs, admin_exercise/<VF>:
 *
 *	write  [repeat N] has
 *	       [repeat N] common_read|device_read OFFSET SIZE
 *	       [repeat N] common_write|device_write OFFSET SIZE VALUE
 *	       [repeat N] notify_info FLAGS
 *	       [repeat N] notify_list
 *	read   what came of it, on the same open file: a line "calls ... ok ...
 *	       max_us ... total_us ...", a line "error E N" for each error number,
 *	       and the bytes or addresses of the last call that succeeded
 *
 * Numbers are as C writes them; VALUE is stored little-endian. A write returns
 * the error of the last call. Calls run in the writer's context one after the
 * other until done, killed, or the VF's removal.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/virtio_pci_admin.h>

#define EXERCISE_LINE_MAX	128
#define EXERCISE_ERRORS		8

struct exercise_vf {
	struct pci_dev *pdev;
	struct dentry *file;
	bool leaving;			/* removal waits for the writers */
};

/* One command line and its outcome */
struct exercise_run {
	struct mutex lock;		/* the whole struct: one writer or reader at a time */
	unsigned int repeat;
	unsigned long long args[3];
	unsigned int calls, ok;
	u64 max_ns, total_ns;
	struct {
		int err;
		unsigned int n;
	} errors[EXERCISE_ERRORS];
	u8 bytes[U8_MAX];
	unsigned int n_bytes;
	struct virtio_pci_legacy_notify list[VIRTIO_PCI_LEGACY_NOTIFY_MAX];
	unsigned int n_list;
};

static struct dentry *exercise_dir;

static int call_has(struct pci_dev *pdev, struct exercise_run *run)
{
	return virtio_pci_admin_has_legacy_io(pdev) ? 0 : -EOPNOTSUPP;
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
	{ "notify_info", call_notify_info, 1 },
	{ "notify_list", call_notify_list, 0 },
};

static const struct exercise_op *exercise_find(const char *name)
{
	for (int i = 0; i < ARRAY_SIZE(exercise_ops); i++)
		if (!strcmp(exercise_ops[i].name, name))
			return &exercise_ops[i];
	return NULL;
}

static void exercise_count_error(struct exercise_run *run, int err)
{
	for (int i = 0; i < EXERCISE_ERRORS; i++) {
		if (run->errors[i].n && run->errors[i].err != err)
			continue;
		run->errors[i].err = err;
		run->errors[i].n++;
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
	if (ret) {
		exercise_count_error(run, ret);
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

static int exercise_parse(struct exercise_run *run, char *line, const struct exercise_op **op)
{
	char *word = exercise_word(&line);

	run->repeat = 1;
	if (word && !strcmp(word, "repeat")) {
		word = exercise_word(&line);
		if (!word || kstrtouint(word, 0, &run->repeat) || !run->repeat)
			return -EINVAL;
		word = exercise_word(&line);
	}
	*op = word ? exercise_find(word) : NULL;
	if (!*op)
		return -EINVAL;
	for (unsigned int i = 0; i < (*op)->n_args; i++) {
		word = exercise_word(&line);
		if (!word || kstrtoull(word, 0, &run->args[i]))
			return -EINVAL;
	}
	/* offset and size, or flags: what the calls take */
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
}

static ssize_t exercise_write(struct file *file, const char __user *user, size_t len,
			      loff_t *pos)
{
	struct seq_file *m = file->private_data;
	struct exercise_run *run = m->private;
	struct exercise_vf *vf = file_inode(file)->i_private;
	char line[EXERCISE_LINE_MAX];
	const struct exercise_op *op;
	int ret;

	if (len >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, user, len))
		return -EFAULT;
	line[len] = 0;
	mutex_lock(&run->lock);
	exercise_clear(run);
	ret = exercise_parse(run, line, &op);
	for (unsigned int i = 0; !ret && i < run->repeat; i++) {
		if (READ_ONCE(vf->leaving) || fatal_signal_pending(current))
			break;
		ret = exercise_once(vf, run, op);
		if (i + 1 < run->repeat)
			ret = 0;
		cond_resched();
	}
	mutex_unlock(&run->lock);
	return ret ?: len;
}

static int exercise_show(struct seq_file *m, void *unused)
{
	struct exercise_run *run = m->private;

	mutex_lock(&run->lock);
	seq_printf(m, "calls %u ok %u max_us %llu total_us %llu\n", run->calls, run->ok,
		   run->max_ns / NSEC_PER_USEC, run->total_ns / NSEC_PER_USEC);
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

	kfree(m->private);
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

static int exercise_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct exercise_vf *vf;

	if (!pdev->is_virtfn)
		return -ENODEV;
	vf = kzalloc(sizeof(*vf), GFP_KERNEL);
	if (!vf)
		return -ENOMEM;
	vf->pdev = pdev;
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
	kfree(vf);
}

/* nothing by itself: driver_override alone */
static const struct pci_device_id exercise_ids[] = {
	{ }
};

static struct pci_driver exercise_driver = {
	.name = "admin_exercise",
	.id_table = exercise_ids,
	.probe = exercise_probe,
	.remove = exercise_remove,
};

static int __init exercise_init(void)
{
	int ret;

	exercise_dir = debugfs_create_dir("admin_exercise", NULL);
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
}
module_exit(exercise_exit);

MODULE_DESCRIPTION("Test: call the virtio-pci admin API for VFs");
MODULE_LICENSE("GPL");
