// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does the driver notify a device of what a guest has made available? By the interface
 * that the guest's driver uses: the device ignores the other one.
 *
 *	legacy	the notification address (notify.c), which all queues share
 *	modern	the queue's own doorbell, of which the device parts tell; mapped while the
 *		rings are ours
 *
 * Neither takes a command, so that the thread that notifies ends at once.
 */
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/pci.h>

#include "virtiovf.h"

static int map_doorbell(struct virtiovf_device *vf, struct virtiovf_interpose_queue *queue)
{
	const struct virtiovf_modern_layout *layout = &vf->trap.layout;
	u64 offset;

	if (queue->place.notify_off < 0 ||
	    !virtiovf_modern_doorbell(layout, queue->place.notify_off, &offset))
		return -ENODEV;
	queue->doorbell = ioremap(pci_resource_start(vf->core.pdev, layout->doorbells.bar) + offset,
				  sizeof(u16));
	return queue->doorbell ? 0 : -ENOMEM;
}

/* Return: 0; -ENODEV if a queue of ours could not be notified; or another error */
int virtiovf_interpose_doorbells_map(struct virtiovf_device *vf, bool modern)
{
	struct virtiovf_interpose *ip = &vf->interpose;
	int ret = 0;

	if (!modern)
		return virtiovf_notify_query(vf) ? 0 : -ENODEV;
	for (unsigned int i = 0; i < ip->count && !ret; i++)
		ret = map_doorbell(vf, &ip->queues[i]);
	return ret;
}

/* Context: there is no thread */
void virtiovf_interpose_doorbells_unmap(struct virtiovf_device *vf)
{
	struct virtiovf_interpose *ip = &vf->interpose;

	for (unsigned int i = 0; i < ip->count; i++) {
		if (ip->queues[i].doorbell)
			iounmap(ip->queues[i].doorbell);
		ip->queues[i].doorbell = NULL;
	}
}

/* Return: 0, -EIO, or -EAGAIN: not now, what it takes is locked by a reset */
int virtiovf_interpose_notify(struct virtiovf_device *vf,
			      const struct virtiovf_interpose_queue *queue)
{
	return queue->doorbell ?
	       virtiovf_notify_member_fast(vf, queue->doorbell, queue->place.index) :
	       virtiovf_notify_fast(vf, queue->place.index);
}
