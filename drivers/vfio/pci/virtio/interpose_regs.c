// SPDX-License-Identifier: GPL-2.0-only
/*
 * What do a guest's accesses of registers mean while its used rings are ours? Whatever gives
 * a queue other rings passes this file first, and ends the log: its reports fail.
 *
 * The device has our rings, and no vectors. The guest sees its own: a vector that it sets
 * meanwhile is kept here, and the device gets it with the guest's ring.
 *
 * bar0_lock is held, by which accesses wait while rings become ours or the guest's.
 */
#include <linux/kernel.h>
#include <linux/pci.h>
#include <linux/virtio_pci.h>

#include "bar0_layout.h"
#include "virtiovf.h"

/*
 * @index: -1 for all. Return: 0, and the thread does not access the guest's rings any more;
 * or -EINTR
 */
static int drop_queues(struct virtiovf_device *vf, int index)
{
	struct virtiovf_interpose *ip = &vf->interpose;

	if (mutex_lock_killable(&ip->lock))
		return -EINTR;
	for (unsigned int i = 0; i < ip->count; i++)
		if (index < 0 || ip->queues[i].place.index == index)
			ip->queues[i].dropped = true;
	mutex_unlock(&ip->lock);
	virtiovf_dirty_lose(vf, -ECANCELED);
	return 0;
}

static bool is_idle(const struct virtiovf_device *vf)
{
	return !vf->interpose.active && !vf->interpose.count;
}

/* Return: the queue, if the device has our ring for it; or NULL */
static struct virtiovf_interpose_queue *find_queue(struct virtiovf_device *vf, u16 index)
{
	struct virtiovf_interpose *ip = &vf->interpose;

	lockdep_assert_held(&vf->bar0_lock);
	/* only others that hold bar0_lock, and resets, change these */
	if (READ_ONCE(ip->gone))
		return NULL;
	for (unsigned int i = 0; i < ip->count; i++)
		if (ip->queues[i].place.index == index)
			return ip->queues[i].dropped ? NULL : &ip->queues[i];
	return NULL;
}

/* The device gets the state of another one, so it has none of our rings */
int virtiovf_interpose_drop(struct virtiovf_device *vf)
{
	return is_idle(vf) ? 0 : drop_queues(vf, -1);
}

/* Return: 1 if it is kept here; 0 if the device has to be told; or -EINTR */
static int keep_vector(struct virtiovf_device *vf, u16 index, const u8 *bytes)
{
	struct virtiovf_interpose_queue *queue = find_queue(vf, index);
	u16 vector = bytes[0] | bytes[1] << 8;

	if (!queue)
		return 0;
	/* as the device answers */
	if (vector >= pci_msix_vec_count(vf->core.pdev))
		vector = VIRTIOVF_RELAY_NO_VECTOR;
	/* the thread reads it */
	if (mutex_lock_killable(&vf->interpose.lock))
		return -EINTR;
	queue->place.vector = vector;
	mutex_unlock(&vf->interpose.lock);
	return 1;
}

/* --- BAR0 --- */

/*
 * Before a register of BAR0 is written: a reset, or a new ring, ends the log. Return: 0; 1 if
 * the device is not to be told; or an error, and it must not be told
 */
int virtiovf_interpose_legacy_write(struct virtiovf_device *vf, u32 offset, u32 len,
				    const u8 *bytes)
{
	if (is_idle(vf))
		return 0;
	if (offset == VIRTIOVF_QUEUE_VECTOR && len == sizeof(u16))
		return keep_vector(vf, READ_ONCE(vf->intx.setup.select), bytes);
	if (offset == VIRTIOVF_DEVICE_STATUS && !bytes[0])
		return drop_queues(vf, -1);
	if (offset >= VIRTIOVF_QUEUE_ADDRESS && offset < VIRTIOVF_QUEUE_ADDRESS + 4)
		return drop_queues(vf, READ_ONCE(vf->intx.setup.select));
	return 0;
}

/* After such a register was read, to @bytes */
void virtiovf_interpose_legacy_read(struct virtiovf_device *vf, u32 offset, u32 len, u8 *bytes)
{
	const struct virtiovf_interpose_queue *queue;

	if (is_idle(vf) || offset != VIRTIOVF_QUEUE_VECTOR || len != sizeof(u16))
		return;
	queue = find_queue(vf, READ_ONCE(vf->intx.setup.select));
	if (!queue)
		return;
	bytes[0] = queue->place.vector & 0xff;
	bytes[1] = queue->place.vector >> 8;
}

/* --- the modern common configuration --- */

/*
 * Before it is written. A queue that is enabled keeps its ring, and so our one, if its addresses
 * are written, which no driver does: then it is unknown what the device makes of that.
 *
 * Return: 0; 1 if the device is not to be told; or an error, and it must not be told
 */
int virtiovf_interpose_modern_write(struct virtiovf_device *vf, u32 offset, u32 len,
				    const u8 *bytes)
{
	enum virtiovf_modern_effect effect = virtiovf_modern_effect(offset, len, bytes);
	u16 selected;
	int ret;

	lockdep_assert_held(&vf->bar0_lock);
	if (is_idle(vf) || effect == VIRTIOVF_MODERN_NOTHING)
		return 0;
	ret = virtiovf_modern_get_common(vf, VIRTIO_PCI_COMMON_Q_SELECT, &selected);
	if (ret)
		return ret;
	if (effect == VIRTIOVF_MODERN_VECTOR)
		return keep_vector(vf, selected, bytes);
	if (effect == VIRTIOVF_MODERN_RESET)
		return drop_queues(vf, -1);
	if (effect == VIRTIOVF_MODERN_QUEUE_RESET)
		return drop_queues(vf, selected);
	virtiovf_dirty_lose(vf, -ECANCELED);
	return 0;
}

/* After it was read, to @bytes. Return: 0 or an error */
int virtiovf_interpose_modern_read(struct virtiovf_device *vf, u32 offset, u32 len, u8 *bytes)
{
	const struct virtiovf_interpose_queue *queue;
	u16 selected;
	int ret;

	if (is_idle(vf) || !virtiovf_modern_shows_queue(offset, len))
		return 0;
	ret = virtiovf_modern_get_common(vf, VIRTIO_PCI_COMMON_Q_SELECT, &selected);
	if (ret)
		return ret;
	queue = find_queue(vf, selected);
	if (queue)
		virtiovf_modern_show_queue(queue->place.used, queue->place.vector, offset, len,
					   bytes);
	return 0;
}

/*
 * Before any register may be written by the window in configuration space: a reset, or other
 * rings, which none of the above would see
 */
void virtiovf_interpose_window_written(struct virtiovf_device *vf)
{
	if (READ_ONCE(vf->interpose.active))
		virtiovf_dirty_lose(vf, -ECANCELED);
}
