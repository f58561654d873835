// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which used rings are in a VF's device parts, and how are others put there? While the
 * driver logs what the device writes, the parts have its used rings and no vectors; who
 * saves the parts gets those of the guest.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/virtio_device_parts.h>
#include <asm/byteorder.h>

#include "mig_parts.h"
#include "relay_parts.h"

/* Return: whether there is such a part; then *@features is what the driver accepted */
bool virtiovf_relay_parts_features(const u8 *bytes, u32 len, u64 *features)
{
	const struct virtiovf_mig_parts parts = { bytes, len };
	struct virtiovf_mig_part part;
	u32 at = 0;

	while (virtiovf_mig_part_next(&parts, &at, &part) > 0) {
		if (part.header.type != cpu_to_le16(VIRTIO_ADMIN_ABI_PART_DRV_FEATURES))
			continue;
		*features = 0;
		for (u32 i = 0; i < part.len && i < sizeof(*features); i++)
			*features |= (u64)part.value[i] << 8 * i;
		return true;
	}
	return false;
}

/* In the specification's numbering; an old header may lack them */
static const struct {
	u8 bit;
	const char *reason;
} refused[] = {
	{ 34, "the guest uses packed rings, which have no used ring" },
	{ 35, "the guest uses VIRTIO_F_IN_ORDER, which skips used elements" },
	{ 38, "the guest uses VIRTIO_F_NOTIFICATION_DATA" },
	{ 39, "the guest uses VIRTIO_F_NOTIF_CONFIG_DATA" },
};

/* Return: NULL; or why rings of a driver that accepted these features cannot be served */
const char *virtiovf_relay_parts_refusal(u64 features)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(refused); i++)
		if (features & BIT_ULL(refused[i].bit))
			return refused[i].reason;
	return NULL;
}

/* Return: whether it is an enabled queue; then @cfg is a copy of its value */
static bool is_queue(const struct virtiovf_mig_part *part,
		     struct virtio_admin_abi_part_vq_cfg *cfg)
{
	if (part->header.type != cpu_to_le16(VIRTIO_ADMIN_ABI_PART_VQ_CFG) ||
	    part->len != sizeof(*cfg))
		return false;
	memcpy(cfg, part->value, sizeof(*cfg));
	return cfg->enabled;
}

static u16 queue_index(const struct virtiovf_mig_part *part)
{
	return part->header.selector[0] | part->header.selector[1] << 8;
}

/* Return: where the queue's doorbell is; negative: there is no such part */
static int find_notify_off(const struct virtiovf_mig_parts *parts, u16 index)
{
	struct virtio_admin_abi_part_vq_notify_cfg cfg;
	struct virtiovf_mig_part part;
	u32 at = 0;

	while (virtiovf_mig_part_next(parts, &at, &part) > 0) {
		if (part.header.type != cpu_to_le16(VIRTIO_ADMIN_ABI_PART_VQ_NOTIFY_CFG) ||
		    part.len != sizeof(cfg) || queue_index(&part) != index)
			continue;
		memcpy(&cfg, part.value, sizeof(cfg));
		return le16_to_cpu(cfg.offset);
	}
	return -ENOENT;
}

/* Return: number of enabled queues, in @places; -E2BIG if there are more than @max */
int virtiovf_relay_parts_find(const u8 *bytes, u32 len, struct virtiovf_relay_place *places,
			      unsigned int max)
{
	const struct virtiovf_mig_parts parts = { bytes, len };
	struct virtio_admin_abi_part_vq_cfg cfg;
	struct virtiovf_mig_part part;
	unsigned int count = 0;
	u32 at = 0;

	while (virtiovf_mig_part_next(&parts, &at, &part) > 0) {
		if (!is_queue(&part, &cfg))
			continue;
		if (count == max)
			return -E2BIG;
		places[count++] = (struct virtiovf_relay_place) {
			.index = queue_index(&part),
			.size = le16_to_cpu(cfg.size),
			.vector = le16_to_cpu(cfg.vector),
			.desc = le64_to_cpu(cfg.desc),
			.avail = le64_to_cpu(cfg.driver),
			.used = le64_to_cpu(cfg.device),
			.notify_off = find_notify_off(&parts, queue_index(&part)),
		};
	}
	return count;
}

/* A vector that was programmed meanwhile, for an INTx line, stays */
static bool put_place(struct virtio_admin_abi_part_vq_cfg *cfg,
		      const struct virtiovf_relay_place *place, bool ours)
{
	u64 from = ours ? place->used : place->ours;

	if (!place->ours || le64_to_cpu(cfg->device) != from)
		return false;
	cfg->device = cpu_to_le64(ours ? place->ours : place->used);
	if (ours)
		cfg->vector = cpu_to_le16(VIRTIOVF_RELAY_NO_VECTOR);
	else if (cfg->vector == cpu_to_le16(VIRTIOVF_RELAY_NO_VECTOR))
		cfg->vector = cpu_to_le16(place->vector);
	return true;
}

/**
 * virtiovf_relay_parts_put() - replace the used rings in device parts
 * @bytes: the parts
 * @len: their length
 * @places: the queues
 * @count: number of @places
 * @ours: put our rings where the driver's are; else the reverse
 *
 * A queue whose ring is another one, because its driver has set it up anew, is not changed.
 *
 * Return: number of queues that were changed
 */
unsigned int virtiovf_relay_parts_put(u8 *bytes, u32 len,
				      const struct virtiovf_relay_place *places,
				      unsigned int count, bool ours)
{
	const struct virtiovf_mig_parts parts = { bytes, len };
	struct virtio_admin_abi_part_vq_cfg cfg;
	struct virtiovf_mig_part part;
	unsigned int changed = 0;
	u32 at = 0;

	while (virtiovf_mig_part_next(&parts, &at, &part) > 0) {
		if (!is_queue(&part, &cfg))
			continue;
		for (unsigned int i = 0; i < count; i++) {
			if (places[i].index != queue_index(&part) ||
			    !put_place(&cfg, &places[i], ours))
				continue;
			memcpy(bytes + (part.value - bytes), &cfg, sizeof(cfg));
			changed++;
		}
	}
	return changed;
}
