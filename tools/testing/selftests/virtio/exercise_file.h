/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How does a file of debugfs take a command line and give its outcome? Each open file has a
 * structure of its own, seq_file::private, which the line is carried out on. For test modules.
 */
#ifndef EXERCISE_FILE_H
#define EXERCISE_FILE_H

#include <linux/fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

/* @private: of kzalloc(), or NULL. Freed by exercise_file_release(). */
static inline int exercise_file_open(struct file *file, int (*show)(struct seq_file *, void *),
				     void *private)
{
	int ret = private ? single_open(file, show, private) : -ENOMEM;

	if (ret)
		kfree(private);
	return ret;
}

static inline void *exercise_file_private(struct file *file)
{
	struct seq_file *m = file->private_data;

	return m->private;
}

static inline int exercise_file_release(struct inode *inode, struct file *file)
{
	kfree(exercise_file_private(file));
	return single_release(inode, file);
}

/* What was written, as a string. Return: 0 or a negative errno */
static inline int exercise_file_line(char *line, size_t size, const char __user *user, size_t len)
{
	if (len >= size)
		return -EINVAL;
	if (copy_from_user(line, user, len))
		return -EFAULT;
	line[len] = 0;
	return 0;
}

#endif /* EXERCISE_FILE_H */
