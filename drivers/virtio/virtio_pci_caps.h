/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where are a modern device's structures? The walk over its PCI capabilities,
 * virtio 1.4, section "Virtio Structure PCI Capabilities".
 *
 * Pure: configuration space comes through a function, BARs as a table of
 * lengths, and nothing is mapped or printed here.
 */
#ifndef DRIVERS_VIRTIO_VIRTIO_PCI_CAPS_H
#define DRIVERS_VIRTIO_VIRTIO_PCI_CAPS_H

#include <linux/types.h>

#define VP_BARS			6
#define VP_CAPS_PROBLEM_LEN	112

/* no more capabilities of 24 bytes fit in the 192 bytes after the header */
#define VP_SHM_MAX		8

enum vp_region_type {
	VP_REGION_COMMON,
	VP_REGION_NOTIFY,
	VP_REGION_ISR,
	VP_REGION_DEVICE,
	VP_REGIONS,
};

/* A range within a BAR; length 0 if there is none */
struct vp_region {
	u64 offset, length;
	u8 bar;
};

struct vp_shm {
	struct vp_region region;
	u8 id;
};

/* Access to the function's configuration space, and the lengths of its BARs */
struct vp_caps_source {
	u32 (*read)(void *data, unsigned int offset, unsigned int size);
	void *data;
	u64 bar_len[VP_BARS];		/* 0: no such BAR */
};

struct vp_caps {
	struct vp_region region[VP_REGIONS];
	u32 notify_multiplier;
	unsigned int n_shm;
	struct vp_shm shm[VP_SHM_MAX];
	/* what is wrong with the device, one line without newline, or empty */
	char problem[VP_CAPS_PROBLEM_LEN];
};

int vp_caps_walk(const struct vp_caps_source *source, struct vp_caps *caps);
const struct vp_region *vp_caps_shm(const struct vp_caps *caps, u8 id);

#endif /* DRIVERS_VIRTIO_VIRTIO_PCI_CAPS_H */
