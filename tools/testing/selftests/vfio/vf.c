// SPDX-License-Identifier: GPL-2.0-only
/* How is a VF opened, and how are its regions accessed through vfio? */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vf.h"

#define VECTORS_MAX	64
#define CFG_TYPE	3	/* virtio's capability: its type, BAR, offset and length */
#define CFG_BAR		4
#define CFG_OFFSET	8
#define CFG_LENGTH	12
#define CFG_DEVICE	4	/* the type that tells the device's configuration */

static const uint8_t net_fields[] = { 6, 8, 10, 12, 16, 17, 18, 20, 24, 0 };

static const uint8_t blk_fields[] = {
	8, 12, 16, 18, 19, 20, 24, 25, 26, 28, 32, 33, 34, 36,
	40, 44, 48, 52, 56, 57, 60, 64, 68, 72, 0
};

static const uint8_t console_fields[] = { 2, 4, 8, 12, 0 };
static const uint8_t rng_fields[] = { 0 };
static const uint8_t balloon_fields[] = { 4, 8, 12, 16, 0 };
static const uint8_t scsi_fields[] = { 4, 8, 12, 16, 20, 24, 28, 30, 32, 36, 0 };

static const struct vf_type types[] = {
	{ 0x1041, 0x1000, 1, 64, net_fields },
	{ 0x1042, 0x1001, 2, 128, blk_fields },
	{ 0x1043, 0x1003, 3, 64, console_fields },
	{ 0x1044, 0x1005, 4, 32, rng_fields },
	{ 0x1045, 0x1002, 5, 64, balloon_fields },
	{ 0x1048, 0x1004, 8, 64, scsi_fields },
};

int vf_sysfs_read(const char *address, const char *name, char *buf, size_t len)
{
	char path[128];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s", address, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	got = read(fd, buf, len - 1);
	close(fd);
	buf[got > 0 ? got : 0] = 0;
	return got > 0 ? 0 : -EIO;
}

static int learn_regions(struct vf *vf)
{
	for (int index = 0; index < VFIO_PCI_NUM_REGIONS; index++) {
		struct vfio_region_info info = { .argsz = sizeof(info), .index = index };

		/* the VGA region need not be there */
		if (ioctl(vf->device, VFIO_DEVICE_GET_REGION_INFO, &info)) {
			if (index < VFIO_PCI_VGA_REGION_INDEX)
				return -errno;
			continue;
		}
		vf->offset[index] = info.offset;
		vf->size[index] = info.size;
	}
	return 0;
}

static void learn_modern(struct vf *vf)
{
	unsigned int at = vf_capability(vf, PCI_CAP_ID_VNDR, CFG_DEVICE);

	if (!at)
		return;
	vf->modern_bar = vf_read(vf, CONFIG, at + CFG_BAR, 1);
	vf->modern_offset = vf_read(vf, CONFIG, at + CFG_OFFSET, 4);
	vf->modern_len = vf_read(vf, CONFIG, at + CFG_LENGTH, 4);
}

int vf_open(struct vf *vf, const char *address)
{
	char text[16];
	int ret;

	*vf = (struct vf) { .container = -1, .group = -1, .device = -1, .modern_bar = -1 };
	snprintf(vf->address, sizeof(vf->address), "%s", address);
	ret = vf_sysfs_read(address, "device", text, sizeof(text));
	if (!ret)
		ret = vf_attach(vf);
	if (!ret)
		ret = learn_regions(vf);
	if (ret) {
		vf_close(vf);
		return ret;
	}
	vf->own_id = strtoul(text, NULL, 16);
	for (int i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].id == vf->own_id)
			vf->type = &types[i];
	learn_modern(vf);
	return 0;
}

void vf_close(struct vf *vf)
{
	int *fds[] = { &vf->device, &vf->group, &vf->container };

	for (int i = 0; i < 3; i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
}

ssize_t vf_get(struct vf *vf, int region, uint64_t offset, void *buf, size_t len)
{
	ssize_t got = pread(vf->device, buf, len, vf->offset[region] + offset);

	return got < 0 ? -errno : got;
}

ssize_t vf_put(struct vf *vf, int region, uint64_t offset, const void *buf, size_t len)
{
	ssize_t got = pwrite(vf->device, buf, len, vf->offset[region] + offset);

	return got < 0 ? -errno : got;
}

int64_t vf_read(struct vf *vf, int region, uint64_t offset, size_t len)
{
	uint64_t value = 0;
	ssize_t got;

	if (len > sizeof(value))
		return -EINVAL;
	got = vf_get(vf, region, offset, &value, len);
	if (got != len)
		return got < 0 ? got : -EIO;
	return le64toh(value);
}

int vf_write(struct vf *vf, int region, uint64_t offset, size_t len, uint64_t value)
{
	uint64_t bytes = htole64(value);
	ssize_t got;

	if (len > sizeof(bytes))
		return -EINVAL;
	got = vf_put(vf, region, offset, &bytes, len);
	return got == len ? 0 : got < 0 ? got : -EIO;
}

int vf_decode(struct vf *vf, bool on)
{
	int64_t command = vf_read(vf, CONFIG, PCI_COMMAND, 2);

	if (command < 0)
		return command;
	command &= ~PCI_COMMAND_IO;
	return vf_write(vf, CONFIG, PCI_COMMAND, 2, command | (on ? PCI_COMMAND_IO : 0));
}

int vf_msix(struct vf *vf, unsigned int vectors)
{
	struct {
		struct vfio_irq_set set;
		int32_t fds[VECTORS_MAX];
	} irqs = {
		.set = {
			.argsz = sizeof(irqs.set) + vectors * sizeof(int32_t),
			.flags = VFIO_IRQ_SET_ACTION_TRIGGER |
				 (vectors ? VFIO_IRQ_SET_DATA_EVENTFD : VFIO_IRQ_SET_DATA_NONE),
			.index = VFIO_PCI_MSIX_IRQ_INDEX,
			.count = vectors,
		},
	};
	int ret;

	if (vectors > VECTORS_MAX)
		return -EINVAL;
	for (unsigned int i = 0; i < vectors; i++)
		irqs.fds[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ret = ioctl(vf->device, VFIO_DEVICE_SET_IRQS, &irqs) ? -errno : 0;
	/* vfio keeps what it uses */
	for (unsigned int i = 0; i < vectors; i++)
		close(irqs.fds[i]);
	return ret;
}

int vf_reset(struct vf *vf)
{
	return ioctl(vf->device, VFIO_DEVICE_RESET) ? -errno : 0;
}

unsigned int vf_capability(struct vf *vf, uint8_t id, int vendor_type)
{
	int64_t at = vf_read(vf, CONFIG, PCI_CAPABILITY_LIST, 1);

	for (int n = 0; n < 48 && at >= 0x40; n++) {
		if (vf_read(vf, CONFIG, at, 1) == id &&
		    (vendor_type < 0 || vf_read(vf, CONFIG, at + CFG_TYPE, 1) == vendor_type))
			return at;
		at = vf_read(vf, CONFIG, at + PCI_CAP_LIST_NEXT, 1);
	}
	return 0;
}

int vf_modern_byte(struct vf *vf, unsigned int offset)
{
	if (vf->modern_bar < 0 || offset >= vf->modern_len)
		return 0xff;
	return vf_read(vf, vf->modern_bar, vf->modern_offset + offset, 1);
}
