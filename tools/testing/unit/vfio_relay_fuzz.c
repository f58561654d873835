// SPDX-License-Identifier: GPL-2.0-only
/*
 * A ring whose driver and device are hostile: a pass ends, stays in our ring, and every
 * byte that it writes to the driver's memory is marked.
 * sources: drivers/vfio/pci/virtio/relay.c
 */
#include <assert.h>

#include "fuzz.h"
#include "vfio_relay_driver.h"

/*
 * Of an element: the chain, and a table of which each descriptor may be in another piece;
 * and three more of a pass
 */
#define READS_MAX	(VIRTIOVF_RELAY_BATCH * (NUM + VIRTIOVF_RELAY_SIZE_MAX) + 3)

static struct driver d;

static void check(void)
{
	for (size_t i = 0; i < sizeof(d.bytes); i++)
		assert(!d.written[i] || d.marked[i]);
	assert(!d.torn);
	for (size_t i = virtiovf_relay_ring_len(NUM); i < sizeof(d.ring); i++)
		assert(d.ring[i] == 0xee);
}

FUZZ_TARGET
{
	struct virtiovf_relay_result result;
	size_t table;

	if (len < 2)
		return 0;
	driver_init(&d);
	memset(d.ring, 0xee, sizeof(d.ring));
	d.queue.event_idx = input[0] & 1;
	d.queue.notify_on_empty = input[0] & 2;
	input++, len--;
	/* rings, then tables; addresses in them that are small are in the memory */
	memcpy(at(&d, DESC_AT), input, min_t(size_t, len, 16 * NUM));
	table = min_t(size_t, len, PAGE);
	memcpy(at(&d, TABLE_AT), input + len - table, table);
	memcpy(at(&d, AVAIL_AT), input + len / 2, min_t(size_t, len - len / 2, 4 + 2 * NUM + 2));
	for (int i = 0; i < NUM; i++) {
		struct vring_desc desc;

		memcpy(&desc, at(&d, DESC_AT + i * sizeof(desc)), sizeof(desc));
		if (desc.flags & VRING_DESC_F_INDIRECT && desc.addr & 1)
			desc.addr = TABLE_AT, desc.len &= 0xfff;
		else if (desc.addr & 2)
			desc.addr = BASE + desc.addr % sizeof(d.bytes);
		memcpy(at(&d, DESC_AT + i * sizeof(desc)), &desc, sizeof(desc));
	}
	if (virtiovf_relay_begin(&d.queue))
		return 0;
	for (size_t i = 0; i + 2 < len && i < 64; i += 3) {
		if (input[i] & 1)
			device_use(&d, input[i] & 8 ? input[i + 1] : input[i + 1] % NUM, 0);
		if (input[i] & 2)
			put16(d.ring + (input[i + 1] & 1 ? 0 : 4 + 8 * NUM), input[i + 2]);
		if (input[i] & 4)
			put16(d.ring + 2, input[i + 1] << 8 | input[i + 2]);
		if (input[i] & 16)
			put16(at(&d, AVAIL_AT + 2), input[i + 2]);
		d.reads = 0;
		if (virtiovf_relay_pass(&d.queue, &result))
			break;
		assert(d.reads <= READS_MAX);
		assert(result.copied <= VIRTIOVF_RELAY_BATCH);
		check();
	}
	check();
	return 0;
}
