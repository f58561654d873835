/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the module share. admin_exercise_main.c says what it is for.
 */
#ifndef ADMIN_EXERCISE_H
#define ADMIN_EXERCISE_H

#include <linux/debugfs.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <linux/virtio_pci_admin.h>

#define EXERCISE_LINE_MAX	128	/* of what is written to a file */
#define EXERCISE_ERRORS		8
#define EXERCISE_THREADS	8

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

struct exercise_vf;

/* A call of the API: its name in a command line, and its number of arguments */
struct exercise_op {
	const char *name;
	int (*call)(struct pci_dev *pdev, struct exercise_run *run);
	unsigned int n_args;
	bool large;			/* the first of them may be */
};

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

/* admin_exercise_calls.c: the table of calls */
const struct exercise_op *exercise_find(const char *name);

/* admin_exercise_parts.c: calls for device parts */
int exercise_has_parts(struct pci_dev *pdev, struct exercise_run *run);
int exercise_mode(struct pci_dev *pdev, struct exercise_run *run);
int exercise_obj_create(struct pci_dev *pdev, struct exercise_run *run);
int exercise_obj_destroy(struct pci_dev *pdev, struct exercise_run *run);
int exercise_parts_size(struct pci_dev *pdev, struct exercise_run *run);
int exercise_parts_count(struct pci_dev *pdev, struct exercise_run *run);
int exercise_parts_get(struct pci_dev *pdev, struct exercise_run *run);
int exercise_parts_pad(struct pci_dev *pdev, struct exercise_run *run);
int exercise_parts_set(struct pci_dev *pdev, struct exercise_run *run);
int exercise_parts_cycle(struct pci_dev *pdev, struct exercise_run *run);

/* admin_exercise_run.c: a call, once or by threads. Return: 0 or its error */
int exercise_once(struct exercise_vf *vf, struct exercise_run *run, const struct exercise_op *op);
int exercise_start(struct exercise_vf *vf, const struct exercise_run *run,
		   const struct exercise_op *op, unsigned int n);
/* @run, locked or nobody else's, gets what the threads counted */
void exercise_stop(struct exercise_vf *vf, struct exercise_run *run);

/* admin_exercise_hog.c: the file "hog" */
void exercise_hog_init(struct dentry *dir);
void exercise_hog_exit(void);

#endif /* ADMIN_EXERCISE_H */
