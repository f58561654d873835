/* SPDX-License-Identifier: GPL-2.0-only */
/* The used rings in a VF's device parts. No locks, no PCI: builds on the host. */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_RELAY_PARTS_H
#define DRIVERS_VFIO_PCI_VIRTIO_RELAY_PARTS_H

#include <linux/bits.h>
#include <linux/types.h>

#define VIRTIOVF_RELAY_NO_VECTOR	0xffff

/* Features that the driver accepted, by which its rings are served */
#define VIRTIOVF_RELAY_NOTIFY_ON_EMPTY	BIT_ULL(24)
#define VIRTIOVF_RELAY_EVENT_IDX	BIT_ULL(29)
#define VIRTIOVF_RELAY_VERSION_1	BIT_ULL(32)

/**
 * struct virtiovf_relay_place - a queue, as the device knows it
 * @index: of the queue
 * @size: its size
 * @vector: the driver's MSI-X vector, or none
 * @desc: address of the driver's descriptor table
 * @avail: address of its available ring
 * @used: address of its used ring
 * @notify_off: where a modern driver notifies the device; negative: the parts do not tell
 * @ours: address of the used ring that the device writes to instead; 0: none
 */
struct virtiovf_relay_place {
	u16 index;
	u16 size;
	u16 vector;
	u64 desc;
	u64 avail;
	u64 used;
	int notify_off;
	u64 ours;
};

bool virtiovf_relay_parts_features(const u8 *bytes, u32 len, u64 *features);
const char *virtiovf_relay_parts_refusal(u64 features);
int virtiovf_relay_parts_find(const u8 *bytes, u32 len, struct virtiovf_relay_place *places,
			      unsigned int max);
unsigned int virtiovf_relay_parts_put(u8 *bytes, u32 len,
				      const struct virtiovf_relay_place *places,
				      unsigned int count, bool ours);

#endif /* DRIVERS_VFIO_PCI_VIRTIO_RELAY_PARTS_H */
