// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is the wire format of group administration commands and their answers?
 * (sections "Group administration commands", "Administration Virtqueues" and
 * "Legacy Interfaces")
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/virtio_pci_spec.h>
#include <asm/byteorder.h>

#include "virtio_pci_admin_codec.h"
#include "virtio_pci_admin_list_codec.h"

const struct vp_admin_row vp_admin_rows[VP_ADMIN_ROWS] = {
#define VP_ADMIN_ROW(NAME, text, ok_groups, row_flags, least_data, least_result)	\
	[VP_ADMIN_##NAME] = {							\
		.opcode = VIRTIO_ADMIN_CMD_##NAME,				\
		.name = #text,							\
		.groups = ok_groups,						\
		.flags = row_flags,						\
		.min_data = least_data,						\
		.min_result = least_result,					\
	},
#include "virtio_pci_admin_rows.h"
#undef VP_ADMIN_ROW
};

u16 vp_admin_log_opcode;

/* May @row be sent to a device that lists it? */
bool vp_admin_row_known(enum vp_admin_row_id row)
{
	return !(vp_admin_rows[row].flags & VP_ADMIN_ROW_LOG) || vp_admin_log_opcode;
}

/* The opcode of a known row */
u16 vp_admin_opcode(enum vp_admin_row_id row)
{
	const struct vp_admin_row *it = &vp_admin_rows[row];

	return it->flags & VP_ADMIN_ROW_LOG ? vp_admin_log_opcode + it->opcode : it->opcode;
}

/* None, or behind those of the specification and within what a list holds */
bool vp_admin_log_opcode_valid(u16 opcode)
{
	const u16 first = VIRTIO_ADMIN_CMD_DEV_MODE_SET + 1;
	const u16 last = VP_ADMIN_USED_WORDS * 64 - 1 - VIRTIO_ADMIN_CMD_DMA_LOG_STOP;

	return !opcode || (opcode >= first && opcode <= last);
}

static const struct {
	u16 status;
	int err;
} vp_admin_status_map[] = {
	{ VIRTIO_ADMIN_ABI_STATUS_OK, 0 },
	{ VIRTIO_ADMIN_ABI_STATUS_ENXIO, -ENXIO },
	{ VIRTIO_ADMIN_ABI_STATUS_EAGAIN, -EAGAIN },
	{ VIRTIO_ADMIN_ABI_STATUS_ENOMEM, -ENOMEM },
	{ VIRTIO_ADMIN_ABI_STATUS_EBUSY, -EBUSY },
	{ VIRTIO_ADMIN_ABI_STATUS_EINVAL, -EINVAL },
	{ VIRTIO_ADMIN_ABI_STATUS_ENOSPC, -ENOSPC },
};

/* A reserved status is EINVAL: never let the device choose our errno */
int vp_admin_errno(u16 status)
{
	for (int i = 0; i < ARRAY_SIZE(vp_admin_status_map); i++)
		if (vp_admin_status_map[i].status == status)
			return vp_admin_status_map[i].err;
	return -EINVAL;
}

void vp_admin_request_encode(struct virtio_admin_abi_request *req, u16 opcode,
			     u16 group, u64 member)
{
	memset(req, 0, sizeof(*req));
	req->opcode = cpu_to_le16(opcode);
	req->group_type = cpu_to_le16(group);
	req->group_member_id = cpu_to_le64(member);
}

/*
 * @buf holds @used_len bytes from the device. They must include status and qualifier
 * (the device MUST initialize both); the caller zeroes what is missing of the rest.
 */
int vp_admin_response_decode(const void *buf, u32 used_len, u32 min_result,
			     struct vp_admin_answer *answer)
{
	const struct virtio_admin_abi_response *response = buf;
	int err;

	memset(answer, 0, sizeof(*answer));
	if (used_len < offsetof(struct virtio_admin_abi_response, reserved2))
		return -EIO;
	answer->status = le16_to_cpu(response->status);
	answer->qualifier = le16_to_cpu(response->status_qualifier);
	if (used_len > sizeof(*response))
		answer->result_len = used_len - sizeof(*response);
	err = vp_admin_errno(answer->status);
	if (err)
		return err;
	return answer->result_len < min_result ? -EIO : 0;
}

int vp_admin_legacy_check_common(u8 offset, u8 size)
{
	if (!size || size > sizeof(u32))
		return -EINVAL;
	if (offset + size > virtio_legacy_field_end(VIRTIO_LEGACY_FIELDS - 1))
		return -ERANGE;
	return offset + size <= virtio_legacy_field_end(virtio_legacy_field(offset)) ? 0 : -EINVAL;
}

/* The fields depend on the device type, which only the VF's driver knows */
int vp_admin_legacy_check_device(u8 offset, u8 size)
{
	if (!size || size > VP_ADMIN_LEGACY_DEVICE_MAX)
		return -EINVAL;
	/* the command's offset has eight bits: no field can end beyond 256 */
	return offset + size > 256 ? -ERANGE : 0;
}

/* Return: number of entries up to the end of the list, or up to @len bytes */
unsigned int vp_admin_notify_decode(const struct virtio_admin_abi_notify_info *info, size_t len,
				    struct virtio_pci_legacy_notify *list)
{
	unsigned int n = 0;

	while (n < VIRTIO_ADMIN_ABI_NOTIFY_ENTRIES && (n + 1) * sizeof(*info) <= len &&
	       info[n].flags != VIRTIO_ADMIN_ABI_NOTIFY_END) {
		list[n].flags = info[n].flags;
		list[n].bar = info[n].bar;
		list[n].offset = le64_to_cpu(info[n].offset);
		n++;
	}
	return n;
}

/* A window is read in whole bytes, so it should not be tiny */
#define LOG_WINDOW_MIN	64

/* Return: 0 with @limits, or -EOPNOTSUPP: it is no log, or one that is not known here */
int vp_admin_log_decode(const struct virtio_admin_abi_log_identity *identity,
			struct virtio_pci_admin_log_limits *limits)
{
	if (identity->magic != cpu_to_le32(VIRTIO_ADMIN_ABI_LOG_MAGIC) ||
	    identity->version != cpu_to_le16(VIRTIO_ADMIN_ABI_LOG_VERSION))
		return -EOPNOTSUPP;
	limits->ranges = le16_to_cpu(identity->ranges);
	limits->page_sizes = le32_to_cpu(identity->page_sizes);
	limits->window = le32_to_cpu(identity->window);
	limits->pages = le64_to_cpu(identity->pages);
	if (!limits->ranges || !limits->page_sizes || limits->window < LOG_WINDOW_MIN ||
	    !limits->pages)
		return -EOPNOTSUPP;
	return 0;
}
