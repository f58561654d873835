// SPDX-License-Identifier: GPL-2.0-only
/*
 * Can this device load the parts of another one? The device decides when they are set,
 * but can only say EINVAL. What can be checked before is checked as soon as the parts
 * arrive, while the guest still runs at the source, and the log gets a reason.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/virtio_config.h>
#include <linux/virtio_device_parts.h>
#include <asm/byteorder.h>

#include "mig_parts.h"

/* Return: 1 with the part at *@at, which advances past it; 0 at the end; or -EBADMSG */
int virtiovf_mig_part_next(const struct virtiovf_mig_parts *parts, u32 *at,
			   struct virtiovf_mig_part *part)
{
	u32 left = parts->len - *at;

	if (!left)
		return 0;
	if (left < sizeof(part->header))
		return -EBADMSG;
	memcpy(&part->header, parts->bytes + *at, sizeof(part->header));
	part->len = le32_to_cpu(part->header.length);
	if (part->len > left - sizeof(part->header))
		return -EBADMSG;
	part->value = parts->bytes + *at + sizeof(part->header);
	*at += sizeof(part->header) + part->len;
	return 1;
}

/* Find the part of @own with the type and selector of @like */
static bool find_part(const struct virtiovf_mig_parts *own,
		      const struct virtio_admin_abi_part *like, struct virtiovf_mig_part *found)
{
	u32 at = 0;

	while (virtiovf_mig_part_next(own, &at, found) > 0)
		if (found->header.type == like->type &&
		    !memcmp(found->header.selector, like->selector, sizeof(like->selector)))
			return true;
	return false;
}

static bool has_bit(const struct virtiovf_mig_part *features, u32 bit)
{
	return bit / 8 < features->len && features->value[bit / 8] & BIT(bit % 8);
}

/*
 * The driver's features are a subset of the device's; the lengths may differ. A legacy
 * driver (no VERSION_1) may have accepted features that DEV_FEATURES does not list: the
 * device checks those.
 */
static bool features_fit(const struct virtiovf_mig_part *driver,
			 const struct virtiovf_mig_parts *own)
{
	static const struct virtio_admin_abi_part like = {
		.type = cpu_to_le16(VIRTIO_ADMIN_ABI_PART_DEV_FEATURES),
	};
	struct virtiovf_mig_part device;

	if (!has_bit(driver, VIRTIO_F_VERSION_1) || !find_part(own, &like, &device))
		return true;
	for (u32 i = 0; i < driver->len; i++)
		if (driver->value[i] & ~(i < device.len ? device.value[i] : 0))
			return false;
	return true;
}

/*
 * Checks by type of part. Other types are left to the device, the number of queues too:
 * it may depend on the features that the driver accepted.
 */
static const struct {
	u16 type;
	bool (*fits)(const struct virtiovf_mig_part *part, const struct virtiovf_mig_parts *own);
	const char *otherwise;
} rules[] = {
	{ VIRTIO_ADMIN_ABI_PART_DRV_FEATURES, features_fit,
	  "the driver uses features that this device does not offer" },
};

static int check_part(const struct virtiovf_mig_part *part, const struct virtiovf_mig_parts *own,
		      const char **reason)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if (part->header.type != cpu_to_le16(rules[i].type) || rules[i].fits(part, own))
			continue;
		*reason = rules[i].otherwise;
		return -EINVAL;
	}
	return 0;
}

/**
 * virtiovf_mig_parts_check() - can this device load these parts?
 * @parts: of another device
 * @own: of this device
 * @reason: on failure why not, for the log
 *
 * Return: 0; -EBADMSG if @parts are malformed; -EINVAL if this device cannot load them
 */
int virtiovf_mig_parts_check(const struct virtiovf_mig_parts *parts,
			     const struct virtiovf_mig_parts *own, const char **reason)
{
	struct virtiovf_mig_part part;
	u32 at = 0;
	int ret;

	while ((ret = virtiovf_mig_part_next(parts, &at, &part)) > 0) {
		ret = check_part(&part, own, reason);
		if (ret)
			return ret;
	}
	if (ret)
		*reason = "device parts are truncated";
	return ret;
}
