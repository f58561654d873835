/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of a migration share. Calls go down:
 *
 *	migration.c	vfio's states, resets, open and close
 *	mig_save.c	a file to read a VF's state from
 *	mig_resume.c	a file to write one to
 *	mig_device.c	the owner's commands
 *
 * mig_fsm.c, mig_record.c and mig_parts.c know nothing of all that.
 *
 * Locks, outermost first
 *
 *	file's io		readers, or writers, of one file among themselves. Held
 *				while user memory is waited for, so nobody else takes it
 *	virtiovf_migration::lock	one change of state at a time; held while commands run
 *	file's lock		what is in the file; nothing is waited for
 *
 * io and virtiovf_migration::lock are never held together. A file outlives the state
 * that it was made for, and the device: it has no pointer to either.
 */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_MIGRATION_H
#define DRIVERS_VFIO_PCI_VIRTIO_MIGRATION_H

#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "mig_fsm.h"
#include "mig_record.h"

struct file;
struct vfio_device;
struct virtiovf_device;

/**
 * struct virtiovf_mig_bytes - device parts in memory
 * @bytes: %VIRTIOVF_MIG_ROOM bytes for whoever has to put something before them, then
 *	the parts; or NULL
 * @len: of the parts
 */
struct virtiovf_mig_bytes {
	u8 *bytes;
	u32 len;
};

/* For a record's header, or for that of a command's data */
#define VIRTIOVF_MIG_ROOM	sizeof(struct virtiovf_mig_header)

/**
 * struct virtiovf_mig_hold - the device's hand on a file, which others may still have open
 * @file: counted
 * @end: the state was left: drop what is in it, refuse reads and writes from now on
 */
struct virtiovf_mig_hold {
	struct file *file;
	void (*end)(struct file *file);
};

/**
 * struct virtiovf_migration - the state of a VF, if it can migrate
 * @lock: one change of state at a time
 * @supported: it can; never changes
 * @virtio_id: the number of its device type
 * @state: enum virtiovf_mig_state; written under @lock
 * @stopped: the device was told to stop, and not to go on since, as far as is known
 * @hold: the file of the state, under @lock
 * @was_reset: and @state does not say so yet
 * @reset_work: has @state say so
 */
struct virtiovf_migration {
	struct mutex lock;	/* nothing of ours above it */
	bool supported;
	u16 virtio_id;
	u8 state;
	bool stopped;
	struct virtiovf_mig_hold hold;
	atomic_t was_reset;
	struct work_struct reset_work;
};

/* migration.c */
void virtiovf_migration_init(struct virtiovf_device *vf);
void virtiovf_migration_exit(struct virtiovf_device *vf);
int virtiovf_migration_open(struct virtiovf_device *vf);
void virtiovf_migration_end(struct virtiovf_device *vf);
void virtiovf_migration_close(struct virtiovf_device *vf);
void virtiovf_migration_reset(struct virtiovf_device *vf);
int virtiovf_migration_data_size(struct vfio_device *vdev, unsigned long *length);

/* mig_save.c */
struct file *virtiovf_mig_save_begin(struct virtiovf_device *vf, bool whole);
int virtiovf_mig_save_final(struct virtiovf_device *vf, struct file *file);
void virtiovf_mig_save_end(struct file *file);
u32 virtiovf_mig_save_size(u32 parts);

/* mig_resume.c */
struct file *virtiovf_mig_resume_begin(struct virtiovf_device *vf);
int virtiovf_mig_resume_finish(struct virtiovf_device *vf, struct file *file);
void virtiovf_mig_resume_end(struct file *file);

/* mig_device.c */
int virtiovf_mig_mode_set(struct virtiovf_device *vf, bool stop);
int virtiovf_mig_parts_size(struct virtiovf_device *vf, u32 *size);
int virtiovf_mig_parts_get(struct virtiovf_device *vf, struct virtiovf_mig_bytes *parts);
int virtiovf_mig_parts_set(struct virtiovf_device *vf, const struct virtiovf_mig_bytes *parts);
int virtiovf_mig_bytes_alloc(struct virtiovf_mig_bytes *parts, u32 len);
void virtiovf_mig_bytes_free(struct virtiovf_mig_bytes *parts);

#endif /* DRIVERS_VFIO_PCI_VIRTIO_MIGRATION_H */
