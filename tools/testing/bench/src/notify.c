// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does a notification cost by a write to the legacy notify register, and
 * how much of it is none of any driver's? A write to a region that there is not
 * is the system call, and a store to the mapped notify structure the card.
 *
 *	notify ADDRESS COUNT
 */
#include <linux/virtio_pci.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"

#define NO_REGION	(VFIO_PCI_NUM_REGIONS + 1)
#define PCI_CAP_VENDOR	0x09

/* The first doorbell of the modern interface, mapped: what a modern guest writes to */
static volatile uint16_t *map_doorbell(struct vf *vf)
{
	unsigned int cap = vf_capability(vf, PCI_CAP_VENDOR, VIRTIO_PCI_CAP_NOTIFY_CFG);
	int64_t bar, offset;
	char *mapped;

	if (!cap)
		fail("%s: no notify structure", vf->address);
	bar = vf_read(vf, CONFIG, cap + VIRTIO_PCI_CAP_BAR, 1);
	offset = vf_read(vf, CONFIG, cap + VIRTIO_PCI_CAP_OFFSET, 4);
	if (bar < 0 || bar > 5 || offset < 0)
		fail("%s: where its notify structure is cannot be read", vf->address);
	mapped = mmap(NULL, vf->size[bar], PROT_READ | PROT_WRITE, MAP_SHARED, vf->device,
		      vf->offset[bar]);
	if (mapped == MAP_FAILED)
		fail("%s: BAR%d cannot be mapped", vf->address, (int)bar);
	return (volatile uint16_t *)(mapped + offset);
}

static void by_register(struct vf *vf, struct samples *samples, unsigned int count)
{
	while (count--) {
		uint64_t start = ticks();
		int ret = vf_write(vf, BAR0, QUEUE_NOTIFY, 2, 0);

		samples_add(samples, ticks() - start);
		if (ret)
			fail("%s: notifying: %s", vf->address, strerror(-ret));
	}
	emit_percentiles("notify", "pwrite", samples);
}

static void by_system_call(struct vf *vf, struct samples *samples, unsigned int count)
{
	uint16_t queue = 0;

	while (count--) {
		uint64_t start = ticks();
		ssize_t ret = pwrite(vf->device, &queue, sizeof(queue),
				     (uint64_t)NO_REGION << 40);

		samples_add(samples, ticks() - start);
		if (ret >= 0)
			fail("%s: a region that there is not was written", vf->address);
	}
	emit_percentiles("notify-floor", "syscall", samples);
}

static void by_doorbell(struct vf *vf, struct samples *samples, unsigned int count)
{
	volatile uint16_t *doorbell = map_doorbell(vf);

	while (count--) {
		uint64_t start = ticks();

		*doorbell = 0;
		samples_add(samples, ticks() - start);
	}
	emit_percentiles("notify-floor", "card", samples);
}

int main(int argc, char **argv)
{
	void (*const ways[])(struct vf *, struct samples *, unsigned int) = {
		by_register, by_system_call, by_doorbell,
	};
	unsigned int count;
	struct vf vf;

	if (argc != 3)
		fail("usage: notify ADDRESS COUNT");
	count = number(argv[2]);
	pin(cpus() - 1);
	clock_start();
	open_vf(&vf, argv[1]);
	for (int i = 0; i < ARRAY_SIZE(ways); i++) {
		struct samples samples;

		samples_alloc(&samples, count);
		ways[i](&vf, &samples, count);
		samples_free(&samples);
	}
	return 0;
}
