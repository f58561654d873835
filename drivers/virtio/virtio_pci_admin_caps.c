// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which capabilities of the owner may be used? (section "Device and driver capabilities")
 *
 * They are negotiated by commands of the self group, when the first object is wanted, and
 * stay in force until the device is reset. The result is cached for that long, also if the
 * device has no capabilities or a command timed out.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/string.h>

#include "virtio_pci_admin_priv.h"

/* Length of a list that contains the last generic capability */
#define VP_ADMIN_CAP_LIST_BYTES		(VIRTIO_ADMIN_ABI_CAP_OWN_PART / BITS_PER_BYTE + 1)

static const enum vp_admin_row_id vp_admin_caps_rows[] = {
	VP_ADMIN_CAP_ID_LIST_QUERY,
	VP_ADMIN_DEVICE_CAP_GET,
	VP_ADMIN_DRIVER_CAP_SET,
};

/* A capability and its data, as read from the device or written to it */
struct vp_admin_cap {
	u16 id;
	void *data;
	u32 len;
};

static int vp_admin_caps_exec(struct vp_admin *admin, ktime_t deadline, struct vp_admin_cmd *cmd)
{
	cmd->group = VIRTIO_ADMIN_GROUP_TYPE_SELF;
	cmd->member = admin->members[0];
	cmd->deadline = deadline;
	return vp_admin_exec(admin, cmd);
}

static int vp_admin_cap_list(struct vp_admin *admin, ktime_t deadline, u8 *list)
{
	struct vp_admin_cmd cmd = {
		.row = VP_ADMIN_CAP_ID_LIST_QUERY,
		.result = { { list, VP_ADMIN_CAP_LIST_BYTES } },
	};
	int ret = vp_admin_caps_exec(admin, deadline, &cmd);

	if (ret != -EOPNOTSUPP)
		return ret;
	/* without indirect descriptors, read only the first 64, which fit into a slot */
	cmd.result[0].len = sizeof(__le64);
	memset(list, 0, VP_ADMIN_CAP_LIST_BYTES);
	return vp_admin_caps_exec(admin, deadline, &cmd);
}

static bool vp_admin_cap_listed(const u8 *list, u16 id)
{
	return list[id / BITS_PER_BYTE] & BIT(id % BITS_PER_BYTE);
}

static int vp_admin_cap_get(struct vp_admin *admin, ktime_t deadline,
			    const struct vp_admin_cap *cap)
{
	struct virtio_admin_abi_cap header = { .id = cpu_to_le16(cap->id) };
	struct vp_admin_cmd cmd = {
		.row = VP_ADMIN_DEVICE_CAP_GET,
		.data = { { &header, sizeof(header) } },
		.result = { { cap->data, cap->len } },
	};

	return vp_admin_caps_exec(admin, deadline, &cmd);
}

static int vp_admin_cap_set(struct vp_admin *admin, ktime_t deadline,
			    const struct vp_admin_cap *cap)
{
	struct virtio_admin_abi_cap header = { .id = cpu_to_le16(cap->id) };
	struct vp_admin_cmd cmd = {
		.row = VP_ADMIN_DRIVER_CAP_SET,
		.data = { { &header, sizeof(header) }, { cap->data, cap->len } },
	};

	return vp_admin_caps_exec(admin, deadline, &cmd);
}

/* Set the limits of objects that the device offers */
static int vp_admin_cap_dev_parts(struct vp_admin *admin, ktime_t deadline,
				  struct vp_admin_caps *caps)
{
	struct virtio_admin_abi_cap_dev_parts data = {};
	const struct vp_admin_cap cap = {
		.id = VIRTIO_ADMIN_ABI_CAP_DEV_PARTS,
		.data = &data,
		.len = sizeof(data),
	};
	int ret;

	ret = vp_admin_cap_get(admin, deadline, &cap) ?: vp_admin_cap_set(admin, deadline, &cap);
	caps->limit[VIRTIO_ADMIN_ABI_OBJ_GET] = data.get_objects;
	caps->limit[VIRTIO_ADMIN_ABI_OBJ_SET] = data.set_objects;
	return ret;
}

/*
 * The part for state that virtio 1.4 has no part for (Documentation/device-parts.rst).
 * The magic tells it from another use of the same id. A device with a later version
 * supports version 1 as well.
 */
static int vp_admin_cap_own_part(struct vp_admin *admin, ktime_t deadline)
{
	struct virtio_admin_abi_cap_own_part data = {};
	const struct vp_admin_cap cap = {
		.id = VIRTIO_ADMIN_ABI_CAP_OWN_PART,
		.data = &data,
		.len = sizeof(data),
	};
	int ret;

	ret = vp_admin_cap_get(admin, deadline, &cap);
	if (ret)
		return ret;
	if (le32_to_cpu(data.magic) != VIRTIO_ADMIN_ABI_OWN_PART_MAGIC || !data.version)
		return 0;
	data.version = cpu_to_le16(VIRTIO_ADMIN_ABI_OWN_PART_VERSION);
	memset(data.reserved, 0, sizeof(data.reserved));
	return vp_admin_cap_set(admin, deadline, &cap);
}

static int vp_admin_caps_ask(struct vp_admin *admin, ktime_t deadline, struct vp_admin_caps *caps)
{
	u8 list[VP_ADMIN_CAP_LIST_BYTES] = {};
	struct vp_admin_commands commands;
	int ret;

	ret = vp_admin_group_commands(admin, VIRTIO_ADMIN_GROUP_TYPE_SELF, deadline, &commands);
	if (ret)
		return ret;
	for (int i = 0; i < ARRAY_SIZE(vp_admin_caps_rows); i++)
		if (!vp_admin_has(&commands, vp_admin_caps_rows[i]))
			return -EOPNOTSUPP;
	ret = vp_admin_cap_list(admin, deadline, list);
	if (ret)
		return ret;
	if (!vp_admin_cap_listed(list, VIRTIO_ADMIN_ABI_CAP_DEV_PARTS))
		return -EOPNOTSUPP;
	/* before objects are created: capabilities cannot be set while there are any */
	if (vp_admin_cap_listed(list, VIRTIO_ADMIN_ABI_CAP_OWN_PART)) {
		ret = vp_admin_cap_own_part(admin, deadline);
		if (ret)
			return ret;
	}
	return vp_admin_cap_dev_parts(admin, deadline, caps);
}

static int vp_admin_caps_negotiate(struct vp_admin *admin, ktime_t deadline)
{
	struct vp_admin_caps caps = { .reset_gen = READ_ONCE(admin->avq.reset_gen) };

	lockdep_assert_held(&admin->caps_lock);
	if (admin->caps.negotiated && admin->caps.reset_gen == caps.reset_gen)
		return admin->caps.error;
	caps.error = vp_admin_objects_alloc(admin) ?: vp_admin_caps_ask(admin, deadline, &caps);
	if (caps.error == -EINVAL)
		caps.error = -EOPNOTSUPP;
	caps.negotiated = !vp_admin_transient(caps.error);
	admin->caps = caps;
	return caps.error;
}

/*
 * Which capabilities of @admin's device may be used? Negotiates them if necessary.
 *
 * Return: 0 with @caps; -EOPNOTSUPP when it has no device parts; or an error of
 * vp_admin_exec().
 */
int vp_admin_caps(struct vp_admin *admin, ktime_t deadline, struct vp_admin_caps *caps)
{
	int ret;

	if (mutex_lock_killable(&admin->caps_lock))
		return -EINTR;
	ret = vp_admin_caps_negotiate(admin, deadline);
	*caps = admin->caps;
	mutex_unlock(&admin->caps_lock);
	return ret;
}
