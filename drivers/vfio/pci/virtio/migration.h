/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of a migration share. Calls go down:
 *
 *	migration.c	vfio's states, resets, open and close
 *	mig_save.c	the file that a VF's state is read from
 *	mig_resume.c	the file that a VF's state is written to
 *	mig_device.c	the owner's commands
 *	intx_move.c	the INTx line of a legacy driver
 *
 * Below them are mig_fsm.c, mig_record.c, mig_intx.c and mig_parts.c, which are pure.
 *
 * Locks, outermost first
 *
 *	file's io		serializes the readers, or the writers, of one file. Held
 *				across page faults of the user, so nobody else takes it
 *	virtiovf_migration::lock	serializes changes of state; held while commands run.
 *				Above bar0_lock, which intx_move.c takes
 *	file's lock		the contents of the file; never held across a wait
 *
 * io and virtiovf_migration::lock do not nest. A file outlives both the state that it was
 * opened for and the device, so it points to neither.
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
 * @bytes: %VIRTIOVF_MIG_ROOM bytes of headroom, then the parts; or NULL
 * @len: of the parts
 */
struct virtiovf_mig_bytes {
	u8 *bytes;
	u32 len;
};

/* Headroom for the header of a record, or of a command's data */
#define VIRTIOVF_MIG_ROOM	sizeof(struct virtiovf_mig_header)

/**
 * struct virtiovf_mig_hold - the device's reference to a file that the user may have open
 * @file: counted
 * @end: called when the state is left: frees the contents; reads and writes fail afterwards
 */
struct virtiovf_mig_hold {
	struct file *file;
	void (*end)(struct file *file);
};

/**
 * struct virtiovf_migration - the migration state of a VF
 * @lock: serializes changes of state
 * @supported: the VF can migrate; never changes
 * @virtio_id: virtio device id
 * @state: enum virtiovf_mig_state; written under @lock
 * @stopped: the device is stopped, or may be: the last command that resumes it failed
 * @unresumed: 0, or the error of the command that was to resume it after a reset, or after it
 *	was stopped for a moment; written under @lock
 * @hold: the file of the state, under @lock
 * @resets: how many resets of the function @state does not reflect yet
 * @reset_work: updates @state after a reset, and repeats that while @unresumed
 */
struct virtiovf_migration {
	struct mutex lock;	/* nothing of ours above it */
	bool supported;
	u16 virtio_id;
	u8 state;
	bool stopped;
	int unresumed;
	struct virtiovf_mig_hold hold;
	atomic_t resets;
	struct delayed_work reset_work;
};

/* migration.c */
void virtiovf_migration_init(struct virtiovf_device *vf);
void virtiovf_migration_exit(struct virtiovf_device *vf);
int virtiovf_migration_open(struct virtiovf_device *vf);
void virtiovf_migration_end(struct virtiovf_device *vf);
void virtiovf_migration_close(struct virtiovf_device *vf);
void virtiovf_migration_reset(struct virtiovf_device *vf);
int virtiovf_migration_lock(struct virtiovf_device *vf);
void virtiovf_migration_unlock(struct virtiovf_device *vf);
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
int virtiovf_mig_set_mode(struct virtiovf_device *vf, bool stop);
int virtiovf_mig_go_on(struct virtiovf_device *vf);
int virtiovf_mig_parts_size(struct virtiovf_device *vf, u32 *size);
int virtiovf_mig_parts_get(struct virtiovf_device *vf, struct virtiovf_mig_bytes *parts);
int virtiovf_mig_parts_set(struct virtiovf_device *vf, const struct virtiovf_mig_bytes *parts);
int virtiovf_mig_bytes_alloc(struct virtiovf_mig_bytes *parts, u32 len);
void virtiovf_mig_bytes_free(struct virtiovf_mig_bytes *parts);

#endif /* DRIVERS_VFIO_PCI_VIRTIO_MIGRATION_H */
