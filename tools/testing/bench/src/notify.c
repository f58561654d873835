// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does a notification cost by a write to the legacy notify register, and
 * how much of it is none of any driver's? A write to a region that there is not
 * is the system call, and a store to the mapped notify structure the card.
 *
 * And what does a modern driver's register cost: read by the region, or mapped where
 * it can be?
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
#define PAGE		4096L
#define NUM_QUEUES	18	/* in the common configuration */

/* Where a structure of the modern interface begins */
struct place {
	int64_t bar, offset;
};

static struct place find(struct vf *vf, int type)
{
	unsigned int cap = vf_capability(vf, PCI_CAP_VENDOR, type);
	struct place it;

	if (!cap)
		fail("%s: no structure of type %d", vf->address, type);
	it.bar = vf_read(vf, CONFIG, cap + VIRTIO_PCI_CAP_BAR, 1);
	it.offset = vf_read(vf, CONFIG, cap + VIRTIO_PCI_CAP_OFFSET, 4);
	if (it.bar < 0 || it.bar > 5 || it.offset < 0)
		fail("%s: where its structure of type %d is cannot be read", vf->address, type);
	return it;
}

/* Its page only: the registers of a VF that can migrate cannot be mapped. NULL: nor can this */
static volatile void *map(struct vf *vf, struct place it)
{
	char *mapped = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, vf->device,
			    vf->offset[it.bar] + (it.offset & ~(PAGE - 1)));

	return mapped == MAP_FAILED ? NULL : mapped + it.offset % PAGE;
}

/* The first doorbell of the modern interface, mapped: what a modern guest writes to */
static volatile uint16_t *map_doorbell(struct vf *vf)
{
	volatile uint16_t *doorbell = map(vf, find(vf, VIRTIO_PCI_CAP_NOTIFY_CFG));

	if (!doorbell)
		fail("%s: the doorbells cannot be mapped", vf->address);
	return doorbell;
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

static void modern_register(struct vf *vf, struct samples *samples, unsigned int count)
{
	struct place common = find(vf, VIRTIO_PCI_CAP_COMMON_CFG);

	while (count--) {
		uint64_t start = ticks();
		int64_t queues = vf_read(vf, common.bar, common.offset + NUM_QUEUES, 2);

		samples_add(samples, ticks() - start);
		if (queues <= 0)
			fail("%s: the number of queues cannot be read", vf->address);
	}
	emit_percentiles("modern-read", "pread", samples);
}

static void mapped_register(struct vf *vf, struct samples *samples, unsigned int count)
{
	volatile uint8_t *common = map(vf, find(vf, VIRTIO_PCI_CAP_COMMON_CFG));

	if (!common)
		return;
	while (count--) {
		uint64_t start = ticks();
		uint16_t queues = *(volatile uint16_t *)(common + NUM_QUEUES);

		samples_add(samples, ticks() - start);
		if (!queues)
			fail("%s: has no queues", vf->address);
	}
	emit_percentiles("modern-read", "mapped", samples);
}

int main(int argc, char **argv)
{
	void (*const ways[])(struct vf *, struct samples *, unsigned int) = {
		by_register, by_system_call, by_doorbell, modern_register, mapped_register,
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
