// SPDX-License-Identifier: GPL-2.0-only
/*
 * All that vfio shows of a device before anybody touches it: dump ADDRESS
 *
 * Two drivers that shall not differ print the same.
 */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "vf.h"

static void dump_device(struct vf *vf)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };

	if (ioctl(vf->device, VFIO_DEVICE_GET_INFO, &info))
		perror("device info");
	printf("flags %x, %u regions, %u interrupts\n", info.flags, info.num_regions,
	       info.num_irqs);
}

static void dump_region(struct vf *vf, unsigned int index)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = index };

	if (ioctl(vf->device, VFIO_DEVICE_GET_REGION_INFO, &info)) {
		printf("region %u: none\n", index);
		return;
	}
	printf("region %u: flags %x, size %llx, offset %llx\n", index, info.flags,
	       (unsigned long long)info.size, (unsigned long long)info.offset);
}

static void dump_interrupt(struct vf *vf, unsigned int index)
{
	struct vfio_irq_info info = { .argsz = sizeof(info), .index = index };

	if (ioctl(vf->device, VFIO_DEVICE_GET_IRQ_INFO, &info)) {
		printf("interrupt %u: none\n", index);
		return;
	}
	printf("interrupt %u: flags %x, %u\n", index, info.flags, info.count);
}

static void dump_config(struct vf *vf)
{
	for (unsigned int offset = 0; offset < vf->size[CONFIG]; offset += 4)
		printf("config %03x: %08llx\n", offset,
		       (unsigned long long)vf_read(vf, CONFIG, offset, 4));
}

int main(int argc, char **argv)
{
	unsigned char byte;
	struct vf vf;
	int ret;

	if (argc != 2) {
		fprintf(stderr, "usage: %s ADDRESS\n", argv[0]);
		return 2;
	}
	ret = vf_open(&vf, argv[1]);
	if (ret) {
		printf("cannot be opened: %s\n", strerror(-ret));
		return 1;
	}
	dump_device(&vf);
	for (unsigned int index = 0; index < VFIO_PCI_NUM_REGIONS; index++)
		dump_region(&vf, index);
	for (unsigned int index = 0; index < VFIO_PCI_NUM_IRQS; index++)
		dump_interrupt(&vf, index);
	printf("BAR0: %zd\n", vf_get(&vf, BAR0, 0, &byte, 1));
	dump_config(&vf);
	return 0;
}
