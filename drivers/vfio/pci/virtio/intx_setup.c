// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which queues has a driver set up? They need a vector when the driver uses INTx. Recorded
 * from the driver's writes: reading it from the device takes a command per queue, or a change
 * of the modern queue select register.
 *
 * A device is driven by one interface at a time, until it is reset.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/virtio_config.h>
#include <linux/virtio_pci.h>

#include "bar0_layout.h"
#include "intx_setup.h"

/* Return: whether this interface drives the device */
static bool take_interface(struct virtiovf_setup *setup, bool modern)
{
	if (virtiovf_setup_next_queue(setup, 0) < 0)
		setup->modern = modern;
	return setup->modern == modern;
}

static void mark_queue(struct virtiovf_setup *setup, u16 queue, bool set_up)
{
	u64 bit = 1ULL << queue % 64;
	u64 *word;

	if (queue >= VIRTIOVF_SETUP_QUEUES)
		return;
	word = &setup->queues[queue / 64];
	*word = set_up ? *word | bit : *word & ~bit;
}

static void select_written(struct virtiovf_setup *setup, u32 at, u32 len, const u8 *bytes)
{
	for (u32 i = 0; i < len; i++) {
		u32 shift = 8 * (at + i);

		setup->select = (setup->select & ~(0xff << shift)) | bytes[i] << shift;
	}
}

/* Some bytes of the address may be zero in a valid one, so only a full write of 0 removes it */
static enum virtiovf_setup_event address_written(struct virtiovf_setup *setup, u32 len,
						 const u8 *bytes)
{
	u8 any = 0;

	for (u32 i = 0; i < len; i++)
		any |= bytes[i];
	if (!any && len < sizeof(u32))
		return VIRTIOVF_SETUP_NOTHING;
	if (!take_interface(setup, false))
		return VIRTIOVF_SETUP_NOTHING;
	mark_queue(setup, setup->select, any);
	return any ? VIRTIOVF_SETUP_QUEUE : VIRTIOVF_SETUP_NO_QUEUE;
}

static enum virtiovf_setup_event status_written(struct virtiovf_setup *setup, u8 status)
{
	if (!status) {
		memset(setup, 0, sizeof(*setup));
		return VIRTIOVF_SETUP_RESET;
	}
	return status == (VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER) ?
	       VIRTIOVF_SETUP_DRIVER : VIRTIOVF_SETUP_NOTHING;
}

/* @len bytes were written at @offset, all in one field of the common configuration */
enum virtiovf_setup_event virtiovf_setup_written(struct virtiovf_setup *setup, u32 offset,
						 u32 len, const u8 *bytes)
{
	switch (offset) {
	case VIRTIOVF_QUEUE_ADDRESS ... VIRTIOVF_QUEUE_ADDRESS + 3:
		return address_written(setup, len, bytes);
	case VIRTIOVF_QUEUE_SELECT ... VIRTIOVF_QUEUE_SELECT + 1:
		select_written(setup, offset - VIRTIOVF_QUEUE_SELECT, len, bytes);
		return VIRTIOVF_SETUP_NOTHING;
	case VIRTIOVF_DEVICE_STATUS:
		return status_written(setup, bytes[0]);
	default:
		return VIRTIOVF_SETUP_NOTHING;
	}
}

/*
 * @len bytes were written at @offset of the modern common configuration. Return: what that
 * does, to the device or to the queue that it has selected
 */
enum virtiovf_setup_event virtiovf_setup_modern_event(u32 offset, u32 len, const u8 *bytes)
{
	switch (offset) {
	case VIRTIO_PCI_COMMON_STATUS:
		return bytes[0] ? VIRTIOVF_SETUP_NOTHING : VIRTIOVF_SETUP_RESET;
	case VIRTIO_PCI_COMMON_Q_ENABLE:
		return bytes[0] ? VIRTIOVF_SETUP_QUEUE : VIRTIOVF_SETUP_NOTHING;
	case VIRTIO_PCI_COMMON_Q_RESET:
		return bytes[0] ? VIRTIOVF_SETUP_NO_QUEUE : VIRTIOVF_SETUP_NOTHING;
	default:
		return VIRTIOVF_SETUP_NOTHING;
	}
}

/* Record such an @event, of @queue. Return: the event, or nothing if there is no such queue */
enum virtiovf_setup_event virtiovf_setup_modern(struct virtiovf_setup *setup,
						enum virtiovf_setup_event event, u16 queue)
{
	if (event == VIRTIOVF_SETUP_RESET) {
		memset(setup, 0, sizeof(*setup));
		return event;
	}
	if (queue >= VIRTIOVF_SETUP_QUEUES || !take_interface(setup, true))
		return VIRTIOVF_SETUP_NOTHING;
	mark_queue(setup, queue, event == VIRTIOVF_SETUP_QUEUE);
	return event;
}

/* Return: the first queue from @queue on that was set up, or -1 */
int virtiovf_setup_next_queue(const struct virtiovf_setup *setup, int queue)
{
	for (; queue < VIRTIOVF_SETUP_QUEUES; queue++) {
		if (setup->queues[queue / 64] >> queue % 64 & 1)
			return queue;
		/* none left in this word */
		if (!(setup->queues[queue / 64] >> queue % 64))
			queue |= 63;
	}
	return -1;
}
