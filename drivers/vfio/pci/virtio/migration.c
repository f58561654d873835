// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which migration state is a VF in, and how does it get to another?
 *
 * mig_fsm.c has the arcs; this file has the action of each. A step that fails leaves
 * the state unchanged. If a command timed out and the device cannot be returned to the
 * old state either, the state becomes ERROR, until a reset.
 *
 * A reset leads from any state to RUNNING, and a stopped device is resumed. It is called
 * with locks that the user's accesses wait for, so it sends no command: a work item does,
 * or whoever needs the state earlier.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/pci.h>
#include <linux/vfio.h>
#include <linux/virtio_pci_spec.h>

#include "virtiovf.h"

static struct virtiovf_device *of_migration(struct virtiovf_migration *mig)
{
	return container_of(mig, struct virtiovf_device, migration);
}

static void set_state(struct virtiovf_migration *mig, enum virtiovf_mig_state state)
{
	lockdep_assert_held(&mig->lock);
	WRITE_ONCE(mig->state, state);
}

/* --- the file of the state --- */

static void drop_file(struct virtiovf_migration *mig)
{
	lockdep_assert_held(&mig->lock);
	if (!mig->hold.file)
		return;
	mig->hold.end(mig->hold.file);
	fput(mig->hold.file);
	mig->hold.file = NULL;
}

/* Return: @file, for the user, with another reference for the device */
static struct file *hold_file(struct virtiovf_migration *mig, struct file *file,
			      void (*end)(struct file *file))
{
	if (IS_ERR(file))
		return file;
	mig->hold.file = get_file(file);
	mig->hold.end = end;
	return file;
}

/* --- actions of arcs; each returns a new file, NULL or an error --- */

static struct file *do_nothing(struct virtiovf_device *vf)
{
	return NULL;
}

static struct file *stop(struct virtiovf_device *vf)
{
	/* what it had used is in the guest's memory before the state is reached */
	return ERR_PTR(virtiovf_mig_set_mode(vf, true) ?: virtiovf_interpose_flush(vf));
}

static struct file *go_on(struct virtiovf_device *vf)
{
	return ERR_PTR(virtiovf_mig_set_mode(vf, false));
}

static struct file *save_begin(struct virtiovf_device *vf)
{
	return hold_file(&vf->migration, virtiovf_mig_save_begin(vf, false),
			 virtiovf_mig_save_end);
}

static struct file *save_whole(struct virtiovf_device *vf)
{
	return hold_file(&vf->migration, virtiovf_mig_save_begin(vf, true), virtiovf_mig_save_end);
}

static struct file *save_final(struct virtiovf_device *vf)
{
	return ERR_PTR(virtiovf_mig_save_final(vf, vf->migration.hold.file));
}

static struct file *save_end(struct virtiovf_device *vf)
{
	drop_file(&vf->migration);
	return NULL;
}

static struct file *resume_begin(struct virtiovf_device *vf)
{
	return hold_file(&vf->migration, virtiovf_mig_resume_begin(vf), virtiovf_mig_resume_end);
}

static struct file *resume_end(struct virtiovf_device *vf)
{
	int ret = virtiovf_mig_resume_finish(vf, vf->migration.hold.file);

	if (!ret)
		drop_file(&vf->migration);
	return ERR_PTR(ret);
}

static struct file *(*const actions[])(struct virtiovf_device *vf) = {
	[VIRTIOVF_MIG_NOTHING] = do_nothing,
	[VIRTIOVF_MIG_HALT] = stop,
	[VIRTIOVF_MIG_CONTINUE] = go_on,
	[VIRTIOVF_MIG_SAVE_BEGIN] = save_begin,
	[VIRTIOVF_MIG_SAVE_FINAL] = save_final,
	[VIRTIOVF_MIG_SAVE_WHOLE] = save_whole,
	[VIRTIOVF_MIG_SAVE_END] = save_end,
	[VIRTIOVF_MIG_RESUME_BEGIN] = resume_begin,
	[VIRTIOVF_MIG_RESUME_END] = resume_end,
};

/* --- resets --- */

/* A command takes up to admin_timeout_ms, so not in system_wq */
static void queue_reset_work(struct virtiovf_migration *mig)
{
	mod_delayed_work(system_long_wq, &mig->reset_work, 0);
}

/* After a reset or a close: the state is RUNNING, and a stopped device is resumed */
static void run_anew(struct virtiovf_migration *mig)
{
	lockdep_assert_held(&mig->lock);
	drop_file(mig);
	if (mig->stopped && virtiovf_mig_go_on(of_migration(mig)))
		return;
	WRITE_ONCE(mig->unresumed, 0);
	set_state(mig, VIRTIOVF_MIG_RUNNING);
}

static bool note_reset(struct virtiovf_migration *mig)
{
	int resets = atomic_read(&mig->resets);

	if (!resets)
		return false;
	run_anew(mig);
	/* not earlier: who asks for the state waits for the new one */
	smp_mb__before_atomic();
	atomic_sub(resets, &mig->resets);
	return true;
}

static void reset_work(struct work_struct *work)
{
	struct virtiovf_migration *mig = container_of(work, struct virtiovf_migration,
						      reset_work.work);

	mutex_lock(&mig->lock);
	if (!note_reset(mig) && mig->unresumed)
		run_anew(mig);
	mutex_unlock(&mig->lock);
}

/* Context: the locks of a reset are held, so the command is left to a work item */
void virtiovf_migration_reset(struct virtiovf_device *vf)
{
	if (!vf->migration.supported)
		return;
	atomic_inc(&vf->migration.resets);
	queue_reset_work(&vf->migration);
}

/*
 * Exclude changes of state, for others that stop the device or read its parts. The state is
 * the current one, also after a reset. Return: 0 or -EINTR
 */
int virtiovf_migration_lock(struct virtiovf_device *vf)
{
	if (mutex_lock_killable(&vf->migration.lock))
		return -EINTR;
	note_reset(&vf->migration);
	return 0;
}

void virtiovf_migration_unlock(struct virtiovf_device *vf)
{
	mutex_unlock(&vf->migration.lock);
}

/* --- vfio's operations --- */

/* Take one arc towards @to. Return: a file, NULL, or an error */
static struct file *step(struct virtiovf_device *vf, enum virtiovf_mig_state to)
{
	struct virtiovf_migration *mig = &vf->migration;
	const struct virtiovf_mig_arc *arc = virtiovf_mig_next(mig->state, to);
	struct file *file;

	if (!arc)
		return ERR_PTR(-EINVAL);
	file = actions[arc->action](vf);
	if (!IS_ERR(file))
		set_state(mig, arc->to);
	return file;
}

static struct file *walk(struct virtiovf_device *vf, enum virtiovf_mig_state to)
{
	struct virtiovf_migration *mig = &vf->migration;
	struct file *file;

	/* ERROR cannot be requested, in ERROR neither: step() returns -EINVAL */
	if (mig->state == to && to != VIRTIOVF_MIG_ERROR)
		return NULL;
	do {
		/* only the last arc of a path makes a file */
		file = step(vf, to);
		if (IS_ERR(file) || mig->state == to)
			return file;
	} while (!fatal_signal_pending(current));
	return ERR_PTR(-EINTR);
}

static struct file *migration_set_state(struct vfio_device *vdev, enum vfio_device_mig_state to)
{
	struct virtiovf_device *vf = virtiovf_of(vdev);
	struct virtiovf_migration *mig = &vf->migration;
	struct file *file;

	if (mutex_lock_killable(&mig->lock))
		return ERR_PTR(-EINTR);
	note_reset(mig);
	file = walk(vf, (enum virtiovf_mig_state)to);
	/* a reset in the meantime undid what was done above */
	if (note_reset(mig)) {
		if (!IS_ERR_OR_NULL(file))
			fput(file);
		file = ERR_PTR(-ECANCELED);
	}
	mutex_unlock(&mig->lock);
	return file;
}

static int migration_get_state(struct vfio_device *vdev, enum vfio_device_mig_state *state)
{
	struct virtiovf_migration *mig = &virtiovf_of(vdev)->migration;

	if (atomic_read_acquire(&mig->resets)) {
		if (mutex_lock_killable(&mig->lock))
			return -EINTR;
		note_reset(mig);
		mutex_unlock(&mig->lock);
	}
	*state = (enum vfio_device_mig_state)READ_ONCE(mig->state);
	return 0;
}

/* The maximum length of the stream; valid in any state */
int virtiovf_migration_data_size(struct vfio_device *vdev, unsigned long *length)
{
	struct virtiovf_device *vf = virtiovf_of(vdev);
	u32 parts;
	int ret;

	if (!vf->migration.supported)
		return -ENOTTY;
	/* all VFs share the owner's objects: this one uses one at a time */
	if (mutex_lock_killable(&vf->migration.lock))
		return -EINTR;
	ret = virtiovf_mig_parts_size(vf, &parts);
	mutex_unlock(&vf->migration.lock);
	if (!ret)
		*length = virtiovf_mig_save_size(parts);
	return ret;
}

static const struct vfio_migration_ops migration_ops = {
	.migration_set_state = migration_set_state,
	.migration_get_state = migration_get_state,
	COMPAT_VFIO_MIG_DATA_SIZE(virtiovf_migration_data_size)
};

/* --- life cycle of the device --- */

static bool is_virtio(struct pci_dev *pdev)
{
	return pdev->vendor == PCI_VENDOR_ID_REDHAT_QUMRANET &&
	       pdev->device > VIRTIO_PCI_ID_MODERN &&
	       pdev->device <= VIRTIO_PCI_ID_LAST;
}

/* Before the VF is registered: can it migrate? If not, one log line says why. */
void virtiovf_migration_init(struct virtiovf_device *vf)
{
	struct virtiovf_migration *mig = &vf->migration;
	struct pci_dev *pdev = vf->core.pdev;

	mutex_init(&mig->lock);
	INIT_DELAYED_WORK(&mig->reset_work, reset_work);
	mig->state = VIRTIOVF_MIG_RUNNING;
	if (!pdev->is_virtfn || !is_virtio(pdev))
		return;
	if (!vf->admin->has_dev_parts(pdev)) {
		pci_info(pdev, "no migration: %s\n", virtiovf_admin_no_parts(vf->admin));
		return;
	}
	mig->supported = true;
	mig->virtio_id = pdev->device - VIRTIO_PCI_ID_MODERN;
	vf->core.vdev.migration_flags = VFIO_MIGRATION_STOP_COPY | VFIO_MIGRATION_P2P |
					VFIO_MIGRATION_PRE_COPY;
	vf->core.vdev.mig_ops = &migration_ops;
}

/*
 * vfio-pci-core has reset it, so reset_work resumes it if an earlier user left it stopped.
 * Opening and closing wait for no command: a process that is killed shall exit at once.
 */
int virtiovf_migration_open(struct virtiovf_device *vf)
{
	return READ_ONCE(vf->migration.unresumed);
}

/* The last user is gone: its files end here. The device is not resumed before its reset. */
void virtiovf_migration_end(struct virtiovf_device *vf)
{
	struct virtiovf_migration *mig = &vf->migration;

	/* if locked, by reset_work: it drops the file, at the latest after the close */
	if (!mig->supported || !mutex_trylock(&mig->lock))
		return;
	drop_file(mig);
	mutex_unlock(&mig->lock);
}

/*
 * The device was reset and closed: have it resumed. Not earlier: after a migration, the
 * destination has executed the requests in its rings.
 */
void virtiovf_migration_close(struct virtiovf_device *vf)
{
	virtiovf_migration_reset(vf);
}

/*
 * At unbind: no user is left, and no reset follows. The next driver gets a device that
 * runs, if it answers.
 */
void virtiovf_migration_exit(struct virtiovf_device *vf)
{
	struct virtiovf_migration *mig = &vf->migration;

	if (!mig->supported)
		return;
	mutex_lock(&mig->lock);
	note_reset(mig);
	mutex_unlock(&mig->lock);
	cancel_delayed_work_sync(&mig->reset_work);
}
