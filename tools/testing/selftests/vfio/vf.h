/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VF as user space has it: opened through vfio, its regions read and written.
 * Functions return a negative errno when they fail, and judge nothing.
 */
#ifndef VF_H
#define VF_H

#include <linux/vfio.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define CONFIG	VFIO_PCI_CONFIG_REGION_INDEX
#define BAR0	VFIO_PCI_BAR0_REGION_INDEX

/* The legacy registers of BAR0, "Legacy Interfaces: A Note on PCI Device Layout" */
enum {
	DEVICE_FEATURES = 0,
	DRIVER_FEATURES = 4,
	QUEUE_ADDRESS = 8,
	QUEUE_SIZE = 12,
	QUEUE_SELECT = 14,
	QUEUE_NOTIFY = 16,
	DEVICE_STATUS = 18,
	ISR_STATUS = 19,
	CONFIG_VECTOR = 20,
	QUEUE_VECTOR = 22,
};

enum { ACKNOWLEDGE = 1, DRIVER = 2, DRIVER_OK = 4, FAILED = 0x80 };

#define NO_VECTOR	0xffff

/* What a device type looks like as a transitional device; from the specification */
struct vf_type {
	uint16_t id;			/* the VF's own PCI device id */
	uint16_t transitional_id;
	uint16_t subsystem_id;
	uint16_t bar0_size;
	const uint8_t *field_end;	/* of each field of its configuration, then 0 */
};

struct vf {
	char address[16];
	int container;			/* or the iommufd */
	int group;			/* -1 by character device */
	int device;
	uint32_t ioas;			/* of the iommufd */
	uint16_t own_id;		/* as sysfs tells it */
	const struct vf_type *type;	/* NULL: none of ours */
	uint64_t offset[VFIO_PCI_NUM_REGIONS];
	uint64_t size[VFIO_PCI_NUM_REGIONS];
	/* the modern interface's device configuration, where there is one */
	int modern_bar;
	uint32_t modern_offset;
	uint32_t modern_len;
};

int vf_open(struct vf *vf, const char *address);
void vf_close(struct vf *vf);
/*
 * vf_open()'s part that depends on the way: by group and container, or with
 * VFIO_ACCESS=cdev in the environment by character device and iommufd.
 * -EOPNOTSUPP: this kernel has no such way.
 */
int vf_attach(struct vf *vf);

/* Memory that the VF reads and writes at @iova */
int vf_map(struct vf *vf, uint64_t iova, void *memory, size_t len);
int vf_unmap(struct vf *vf, uint64_t iova, size_t len);

ssize_t vf_get(struct vf *vf, int region, uint64_t offset, void *buf, size_t len);
ssize_t vf_put(struct vf *vf, int region, uint64_t offset, const void *buf, size_t len);
/* Little-endian values of 1 to 8 bytes. A failed read gives a negative errno as well. */
int64_t vf_read(struct vf *vf, int region, uint64_t offset, size_t len);
int vf_write(struct vf *vf, int region, uint64_t offset, size_t len, uint64_t value);

/* COMMAND.IO, as a guest's firmware sets it */
int vf_decode(struct vf *vf, bool on);
/* MSI-X with @vectors eventfds; 0 turns it off */
int vf_msix(struct vf *vf, unsigned int vectors);
int vf_reset(struct vf *vf);
/* A file of the function's in sysfs, as text */
int vf_sysfs_read(const char *address, const char *name, char *buf, size_t len);
/* The offset of a PCI capability, 0 for none; with @vendor_type, of virtio's of this type */
unsigned int vf_capability(struct vf *vf, uint8_t id, int vendor_type);
/* A byte of the device's configuration by the modern interface, 0xff behind its end */
int vf_modern_byte(struct vf *vf, unsigned int offset);

/*
 * For tests: the VF that VFIO_DEVICE names, opened anew with its ports enabled.
 * Skips the test when there is none, fails it when it cannot be opened.
 */
struct vf *vf_fresh(void);

#endif /* VF_H */
