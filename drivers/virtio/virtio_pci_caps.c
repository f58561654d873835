// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where are a modern device's structures? See virtio_pci_caps.h.
 *
 * A device may offer a structure more than once, in different BARs: the first usable
 * one is taken. The first problem is kept for the log, in case none is usable.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <uapi/linux/pci_regs.h>
#include <uapi/linux/virtio_pci.h>

#include "virtio_pci_caps.h"

/* what the specification requires of each structure */
static const struct vp_cap_rule {
	const char *name;
	u8 cfg_type;
	u8 cap_len;
	u8 align;
	u16 length;		/* minimum */
	bool optional;
} vp_cap_rules[VP_REGIONS] = {
	[VP_REGION_COMMON] = {
		.name = "common configuration", .cfg_type = VIRTIO_PCI_CAP_COMMON_CFG,
		.cap_len = 16, .align = 4, .length = VIRTIO_PCI_COMMON_Q_NDATA,
	},
	[VP_REGION_NOTIFY] = {
		.name = "notification area", .cfg_type = VIRTIO_PCI_CAP_NOTIFY_CFG,
		.cap_len = 20, .align = 2, .length = 2,
	},
	[VP_REGION_ISR] = {
		.name = "ISR status", .cfg_type = VIRTIO_PCI_CAP_ISR_CFG,
		.cap_len = 16, .align = 1, .length = 1,
	},
	[VP_REGION_DEVICE] = {
		.name = "device configuration", .cfg_type = VIRTIO_PCI_CAP_DEVICE_CFG,
		.cap_len = 16, .align = 4, .length = 0, .optional = true,
	},
};

static const struct vp_cap_rule vp_shm_rule = {
	.name = "shared memory", .cfg_type = VIRTIO_PCI_CAP_SHARED_MEMORY_CFG,
	.cap_len = 24, .align = 1, .length = 1,
};

#define VP_CAP_ID		5
#define VP_CAP_OFFSET_HI	16
#define VP_CAP_LENGTH_HI	20

/* capabilities are dword aligned and follow the header: a longer list is a loop */
#define VP_CAP_FIRST		0x40
#define VP_CAPS_MAX		((256 - VP_CAP_FIRST) / 4)

struct vp_walk {
	const struct vp_caps_source *source;
	struct vp_caps *caps;
	/* the first problem with each structure */
	char problem[VP_REGIONS][VP_CAPS_PROBLEM_LEN];
};

static u32 vp_cap_read(const struct vp_walk *walk, unsigned int offset, unsigned int size)
{
	/* a capability at the very end may exceed configuration space */
	if (offset + size > 256)
		return 0;
	return walk->source->read(walk->source->data, offset, size);
}

/* Return: whether @region meets @rule; if not, @problem says why */
static bool vp_region_good(const struct vp_walk *walk, const struct vp_cap_rule *rule,
			   const struct vp_region *region, char *problem)
{
	u64 bar_len = walk->source->bar_len[region->bar];

	if (region->length < rule->length)
		snprintf(problem, VP_CAPS_PROBLEM_LEN, "%s: length %llu, at least %u needed",
			 rule->name, region->length, rule->length);
	else if (!bar_len)
		snprintf(problem, VP_CAPS_PROBLEM_LEN, "%s: BAR %u does not exist", rule->name,
			 region->bar);
	else if (region->offset > bar_len || region->length > bar_len - region->offset)
		snprintf(problem, VP_CAPS_PROBLEM_LEN,
			 "%s exceeds BAR %u: offset 0x%llx + length 0x%llx > 0x%llx",
			 rule->name, region->bar, region->offset, region->length, bar_len);
	else if (region->offset % rule->align)
		snprintf(problem, VP_CAPS_PROBLEM_LEN, "%s: offset 0x%llx is not a multiple of %u",
			 rule->name, region->offset, rule->align);
	else
		return true;
	return false;
}

/* "The device MUST present a multiplier that is an even power of 2, or 0" */
static bool vp_multiplier_good(u32 multiplier, char *problem)
{
	if (!(multiplier & (multiplier - 1)) && multiplier != 1)
		return true;
	snprintf(problem, VP_CAPS_PROBLEM_LEN,
		 "notification area: offset multiplier %u is not an even power of 2", multiplier);
	return false;
}

/*
 * Decode the capability at @at.
 * Return: whether its structure is usable; if not, @problem says why, or is unchanged
 * if the capability has to be ignored.
 */
static bool vp_cap_region(const struct vp_walk *walk, const struct vp_cap_rule *rule,
			  unsigned int at, struct vp_region *region, char *problem)
{
	unsigned int cap_len = vp_cap_read(walk, at + VIRTIO_PCI_CAP_LEN, 1);

	/* "the driver MUST ignore [...] a reserved bar value" */
	region->bar = vp_cap_read(walk, at + VIRTIO_PCI_CAP_BAR, 1);
	if (region->bar >= VP_BARS)
		return false;
	if (cap_len < rule->cap_len || at + cap_len > 256) {
		snprintf(problem, VP_CAPS_PROBLEM_LEN, "%s: bad capability length %u at 0x%x",
			 rule->name, cap_len, at);
		return false;
	}
	region->offset = vp_cap_read(walk, at + VIRTIO_PCI_CAP_OFFSET, 4);
	region->length = vp_cap_read(walk, at + VIRTIO_PCI_CAP_LENGTH, 4);
	if (rule == &vp_shm_rule) {
		region->offset |= (u64)vp_cap_read(walk, at + VP_CAP_OFFSET_HI, 4) << 32;
		region->length |= (u64)vp_cap_read(walk, at + VP_CAP_LENGTH_HI, 4) << 32;
	}
	return vp_region_good(walk, rule, region, problem);
}

static void vp_cap_structure(struct vp_walk *walk, enum vp_region_type type, unsigned int at)
{
	struct vp_region region = {};
	char problem[VP_CAPS_PROBLEM_LEN] = "";
	u32 multiplier = 0;
	bool good;

	if (walk->caps->region[type].length)
		return;
	good = vp_cap_region(walk, &vp_cap_rules[type], at, &region, problem);
	if (good && type == VP_REGION_NOTIFY) {
		multiplier = vp_cap_read(walk, at + VIRTIO_PCI_NOTIFY_CAP_MULT, 4);
		good = vp_multiplier_good(multiplier, problem);
	}
	if (!good) {
		if (!walk->problem[type][0])
			memcpy(walk->problem[type], problem, sizeof(problem));
		return;
	}
	walk->caps->region[type] = region;
	if (type == VP_REGION_NOTIFY)
		walk->caps->notify_multiplier = multiplier;
}

/* An invalid shared memory region is ignored: its user does not find it by id */
static void vp_cap_shm(struct vp_walk *walk, unsigned int at)
{
	struct vp_caps *caps = walk->caps;
	struct vp_shm shm = {};
	char problem[VP_CAPS_PROBLEM_LEN];

	shm.id = vp_cap_read(walk, at + VP_CAP_ID, 1);
	if (caps->n_shm == VP_SHM_MAX || vp_caps_shm(caps, shm.id))
		return;
	if (vp_cap_region(walk, &vp_shm_rule, at, &shm.region, problem))
		caps->shm[caps->n_shm++] = shm;
}

static void vp_cap_one(struct vp_walk *walk, unsigned int at)
{
	u8 cfg_type = vp_cap_read(walk, at + VIRTIO_PCI_CAP_CFG_TYPE, 1);

	if (cfg_type == VIRTIO_PCI_CAP_SHARED_MEMORY_CFG)
		vp_cap_shm(walk, at);
	for (int type = 0; type < VP_REGIONS; type++)
		if (vp_cap_rules[type].cfg_type == cfg_type)
			vp_cap_structure(walk, type, at);
}

static int vp_caps_list(struct vp_walk *walk)
{
	unsigned int at;

	if (!(vp_cap_read(walk, PCI_STATUS, 2) & PCI_STATUS_CAP_LIST))
		return 0;
	at = vp_cap_read(walk, PCI_CAPABILITY_LIST, 1) & ~3;
	for (int n = 0; at >= VP_CAP_FIRST; n++) {
		if (n == VP_CAPS_MAX) {
			snprintf(walk->caps->problem, VP_CAPS_PROBLEM_LEN,
				 "capability list does not end");
			return -EINVAL;
		}
		if (vp_cap_read(walk, at + PCI_CAP_LIST_ID, 1) == PCI_CAP_ID_VNDR)
			vp_cap_one(walk, at);
		at = vp_cap_read(walk, at + PCI_CAP_LIST_NEXT, 1) & ~3;
	}
	return 0;
}

/* Check that all mandatory structures were found, and that no optional one is invalid */
static int vp_caps_check(struct vp_walk *walk)
{
	struct vp_caps *caps = walk->caps;

	/* no common configuration, not even an invalid one: not a modern device */
	if (!caps->region[VP_REGION_COMMON].length && !walk->problem[VP_REGION_COMMON][0])
		return -ENODEV;
	for (int type = 0; type < VP_REGIONS; type++) {
		const struct vp_cap_rule *rule = &vp_cap_rules[type];

		if (caps->region[type].length)
			continue;
		if (walk->problem[type][0])
			memcpy(caps->problem, walk->problem[type], VP_CAPS_PROBLEM_LEN);
		else if (!rule->optional)
			snprintf(caps->problem, VP_CAPS_PROBLEM_LEN, "no %s capability",
				 rule->name);
		else
			continue;
		return -EINVAL;
	}
	return 0;
}

/*
 * Fill @caps from @source.
 *
 * Return: 0; -ENODEV if this is not a modern device; -EINVAL if it is invalid, and
 * caps->problem says why.
 */
int vp_caps_walk(const struct vp_caps_source *source, struct vp_caps *caps)
{
	struct vp_walk walk = { .source = source, .caps = caps };
	int ret;

	memset(caps, 0, sizeof(*caps));
	ret = vp_caps_list(&walk);
	return ret ?: vp_caps_check(&walk);
}

/* Return: shared memory region @id, or NULL */
const struct vp_region *vp_caps_shm(const struct vp_caps *caps, u8 id)
{
	for (unsigned int i = 0; i < caps->n_shm; i++)
		if (caps->shm[i].id == id)
			return &caps->shm[i].region;
	return NULL;
}
