// SPDX-License-Identifier: GPL-2.0-only
/*
 * How do a VF's used rings become ours, and the guest's again? The device is stopped, its
 * parts are read, the address of each split queue's used ring in them is replaced, and the
 * device goes on. So it takes a card with device parts, but not one with a log.
 *
 * What the device then writes goes through our rings: interpose_thread.c. The guest sees its
 * own in its registers (interpose_regs.c), and notifications still go to the device.
 *
 * The guest's accesses of BAR0, and of a modern driver's registers, wait for bar0_lock while
 * parts are read and set, so that none of them is undone.
 */
#include <linux/iommu.h>
#include <linux/kernel.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "virtiovf.h"

/* More than any device of today has */
#define QUEUES_MAX		1024

void virtiovf_interpose_init(struct virtiovf_device *vf)
{
	struct virtiovf_interpose *ip = &vf->interpose;

	mutex_init(&ip->lock);
	init_waitqueue_head(&ip->wait);
	ip->memory = (struct virtiovf_relay_memory) {
		.read = virtiovf_interpose_read,
		.write = virtiovf_interpose_write,
		.mark = virtiovf_interpose_mark,
	};
}

/* --- which queues --- */

static int refuse(struct virtiovf_device *vf, const char *reason)
{
	pci_info_ratelimited(vf->core.pdev, "dirty pages: not logged by the driver: %s\n", reason);
	return -EOPNOTSUPP;
}

static int check_features(struct virtiovf_device *vf, const struct virtiovf_mig_bytes *parts,
			  u64 *features)
{
	const char *reason;

	if (!virtiovf_relay_parts_features(parts->bytes + VIRTIOVF_MIG_ROOM, parts->len, features))
		return refuse(vf, "device parts without features");
	reason = virtiovf_relay_parts_refusal(*features);
	return reason ? refuse(vf, reason) : 0;
}

static int find_queues(struct virtiovf_device *vf, const struct virtiovf_mig_bytes *parts,
		       u64 features)
{
	struct virtiovf_interpose *ip = &vf->interpose;
	struct virtiovf_relay_place *places;
	int count;

	places = kvcalloc(QUEUES_MAX, sizeof(*places), GFP_KERNEL_ACCOUNT);
	if (!places)
		return -ENOMEM;
	count = virtiovf_relay_parts_find(parts->bytes + VIRTIOVF_MIG_ROOM, parts->len, places,
					  QUEUES_MAX);
	if (count > 0) {
		ip->queues = kvcalloc(count, sizeof(*ip->queues), GFP_KERNEL_ACCOUNT);
		if (!ip->queues)
			count = -ENOMEM;
	}
	for (int i = 0; i < count; i++) {
		ip->queues[i].place = places[i];
		ip->queues[i].relay = (struct virtiovf_relay_queue) {
			.memory = &ip->memory,
			.desc = places[i].desc,
			.avail = places[i].avail,
			.used = places[i].used,
			.size = places[i].size,
			.event_idx = features & VIRTIOVF_RELAY_EVENT_IDX,
			/* the legacy interface's alone */
			.notify_on_empty = !(features & VIRTIOVF_RELAY_VERSION_1) &&
					   features & VIRTIOVF_RELAY_NOTIFY_ON_EMPTY,
		};
	}
	kvfree(places);
	if (count < 0)
		return count;
	ip->count = count;
	return 0;
}

static unsigned int put_rings(struct virtiovf_device *vf, struct virtiovf_mig_bytes *parts,
			      bool ours)
{
	struct virtiovf_interpose *ip = &vf->interpose;
	unsigned int changed = 0;

	for (unsigned int i = 0; i < ip->count; i++)
		changed += virtiovf_relay_parts_put(parts->bytes + VIRTIOVF_MIG_ROOM, parts->len,
						    &ip->queues[i].place, 1, ours);
	return changed;
}

/*
 * What the device, or the thread, was still to signal of what it has used gets lost when the
 * rings change. Once too often is no harm.
 */
static void interrupt_all(struct virtiovf_device *vf)
{
	struct virtiovf_interpose *ip = &vf->interpose;

	for (unsigned int i = 0; i < ip->count; i++)
		if (!ip->queues[i].dropped && !READ_ONCE(ip->gone))
			virtiovf_interpose_interrupt(vf, &ip->queues[i]);
}

/* Stop the device for a moment. If it is not known whether it runs, it is resumed later. */
static int pause(struct virtiovf_device *vf)
{
	int ret = virtiovf_mig_set_mode(vf, true);

	if (ret && vf->migration.stopped)
		virtiovf_mig_go_on(vf);
	return ret;
}

static void free_queues(struct virtiovf_device *vf)
{
	virtiovf_interpose_doorbells_unmap(vf);
	virtiovf_interpose_rings_free(vf);
}

/* --- begin --- */

static int find_doorbells(struct virtiovf_device *vf, u64 features)
{
	bool modern = features & VIRTIOVF_RELAY_VERSION_1;
	int ret = virtiovf_interpose_doorbells_map(vf, modern);

	if (ret != -ENODEV)
		return ret;
	return refuse(vf, modern ? "a queue without a doorbell" : "no notification address");
}

/* Return: 0 with our rings ready, but not yet in the device */
static int make_rings(struct virtiovf_device *vf, const struct virtiovf_mig_bytes *parts)
{
	struct virtiovf_interpose *ip = &vf->interpose;
	u64 features;
	int ret;

	ret = check_features(vf, parts, &features) ?: find_queues(vf, parts, features);
	if (ret || !ip->count)
		return ret;
	ret = find_doorbells(vf, features) ?: virtiovf_interpose_rings_map(vf);
	for (unsigned int i = 0; i < ip->count && !ret; i++)
		ret = virtiovf_relay_begin(&ip->queues[i].relay);
	return ret ?: virtiovf_interpose_prepare(vf);
}

/*
 * Return: 0; or an error. If the device may have our rings all the same, because it did not
 * answer, they stay and are served.
 */
static int give_rings(struct virtiovf_device *vf, struct virtiovf_mig_bytes *parts)
{
	int ret;

	put_rings(vf, parts, true);
	ret = virtiovf_mig_parts_set(vf, parts);
	if (!ret)
		return 0;
	/* commands are executed in order, so this one determines the rings */
	put_rings(vf, parts, false);
	if (!virtiovf_mig_parts_set(vf, parts)) {
		virtiovf_interpose_stop(vf);
		free_queues(vf);
	}
	return ret;
}

/* The device is stopped */
static int take_over(struct virtiovf_device *vf)
{
	struct virtiovf_interpose *ip = &vf->interpose;
	struct virtiovf_mig_bytes parts;
	int ret;

	ret = virtiovf_mig_parts_get(vf, &parts);
	if (ret)
		return ret;
	ret = make_rings(vf, &parts);
	if (ret)
		free_queues(vf);
	else if (ip->count)
		ret = give_rings(vf, &parts);
	virtiovf_mig_bytes_free(&parts);
	if (ip->thread) {
		virtiovf_interpose_run(vf);
		interrupt_all(vf);
	}
	return ret;
}

static int begin_locked(struct virtiovf_device *vf)
{
	struct virtiovf_interpose *ip = &vf->interpose;
	bool stopped = vf->migration.stopped;
	int ret, err;

	ret = stopped ? 0 : pause(vf);
	if (ret)
		return ret;
	WRITE_ONCE(ip->gone, false);
	WRITE_ONCE(ip->quit, false);
	ret = take_over(vf);
	err = stopped ? 0 : virtiovf_mig_go_on(vf);
	WRITE_ONCE(ip->active, !ret && !err);
	return ret ?: err;
}

/*
 * Context: virtiovf_migration::lock is held. Return: 0; -EOPNOTSUPP if it is not possible with
 * this guest or its VMM, which one line in the log explains; or another error
 */
int virtiovf_interpose_begin(struct virtiovf_device *vf)
{
	int ret;

	lockdep_assert_held(&vf->migration.lock);
	if (vfio_device_cdev_opened(&vf->core.vdev))
		return refuse(vf, "guest memory is not accessible by iommufd");
	/* they could not be given back before */
	ret = virtiovf_interpose_end(vf);
	if (ret)
		return ret;
	if (mutex_lock_killable(&vf->bar0_lock))
		return -EINTR;
	ret = begin_locked(vf);
	mutex_unlock(&vf->bar0_lock);
	return ret;
}

/* --- end --- */

/*
 * Queues that were dropped count: what was to reset them may have failed, and a device with a
 * ring that is freed would write to nowhere. Its parts say which rings it has.
 */
static bool may_have_rings(const struct virtiovf_interpose *ip)
{
	return ip->count && !READ_ONCE(ip->gone);
}

/* The device is stopped. What it had used is copied before its rings are the guest's. */
static int give_back(struct virtiovf_device *vf)
{
	struct virtiovf_mig_bytes parts;
	int ret;

	ret = virtiovf_interpose_flush(vf) ?: virtiovf_mig_parts_get(vf, &parts);
	if (ret)
		return ret;
	if (put_rings(vf, &parts, false))
		ret = virtiovf_mig_parts_set(vf, &parts);
	virtiovf_mig_bytes_free(&parts);
	return ret;
}

static int end_locked(struct virtiovf_device *vf)
{
	struct virtiovf_interpose *ip = &vf->interpose;
	bool stopped = vf->migration.stopped;
	int ret = 0, err = 0;

	WRITE_ONCE(ip->active, false);
	if (may_have_rings(ip)) {
		ret = stopped ? 0 : pause(vf);
		if (ret)
			return ret;
		ret = give_back(vf);
		/* a reset in the meantime took them from the device */
		if (ret && READ_ONCE(ip->gone))
			ret = 0;
		err = stopped ? 0 : virtiovf_mig_go_on(vf);
		if (ret)
			return ret;
	}
	virtiovf_interpose_stop(vf);
	interrupt_all(vf);
	free_queues(vf);
	return err;
}

/*
 * Context: virtiovf_migration::lock is held. Return: 0; or an error, and the rings are still
 * ours and are served, until the next call, a reset or the close
 */
int virtiovf_interpose_end(struct virtiovf_device *vf)
{
	int ret;

	lockdep_assert_held(&vf->migration.lock);
	if (mutex_lock_killable(&vf->bar0_lock))
		return -EINTR;
	ret = end_locked(vf);
	mutex_unlock(&vf->bar0_lock);
	if (ret)
		dev_warn_ratelimited(&vf->core.pdev->dev,
				     "dirty pages: rings not given back to the guest: %d\n", ret);
	return ret;
}

/* --- what happens meanwhile --- */

/* @parts of the device are to be saved: with the guest's rings and vectors */
void virtiovf_interpose_hide(struct virtiovf_device *vf, struct virtiovf_mig_bytes *parts)
{
	lockdep_assert_held(&vf->migration.lock);
	put_rings(vf, parts, false);
}

/* Context: before and after a reset, with its locks held, so nothing waits here */
void virtiovf_interpose_reset(struct virtiovf_device *vf)
{
	WRITE_ONCE(vf->interpose.gone, true);
	virtiovf_dirty_lose(vf, -ECANCELED);
}

/* --- close --- */

/* Before the function is reset, while its BARs are accessible */
void virtiovf_interpose_quit(struct virtiovf_device *vf)
{
	virtiovf_interpose_stop(vf);
}

/* After it was reset: the device does not access our rings any more */
void virtiovf_interpose_free(struct virtiovf_device *vf)
{
	vf->interpose.active = false;
	free_queues(vf);
}
