// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which queues has a legacy driver set up? They need a vector when the driver uses INTx.
 * Recorded from the driver's writes: reading it from the device takes a command per queue.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/virtio_config.h>

#include "bar0_layout.h"
#include "intx_setup.h"

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
	if (setup->select < VIRTIOVF_SETUP_QUEUES) {
		u64 *word = &setup->queues[setup->select / 64];
		u64 bit = 1ULL << setup->select % 64;

		*word = any ? *word | bit : *word & ~bit;
	}
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

/* Return: the first queue with an address from @queue on, or -1 */
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
