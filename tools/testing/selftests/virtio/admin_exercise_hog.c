// SPDX-License-Identifier: GPL-2.0-only
/* How do the API's waits get on while a CPU's workqueue is busy? The file "hog" keeps it so. */
#include <linux/cpumask.h>
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#include "admin_exercise.h"

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

void exercise_hog_init(struct dentry *dir)
{
	INIT_DELAYED_WORK(&exercise_hog_work, exercise_hog);
	debugfs_create_file("hog", 0600, dir, NULL, &exercise_hog_fops);
}

/* After the file was removed */
void exercise_hog_exit(void)
{
	cancel_delayed_work_sync(&exercise_hog_work);
}
