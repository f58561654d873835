// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The five commands of "Legacy Interfaces": register accesses of a VF, and
 * where its notifications may be written.
 */
#include "qemu/osdep.h"
#include "card.h"
#include "adm_cmd.h"
#include "legacy_regs.h"

/* More data than any access has; what is longer is no field of anything. */
#define ACCESS_MAX	ADM_RESULT_ANY_MAX

typedef enum legacy_answer read_fn(struct card_vf *vf, size_t offset, uint8_t *buf, size_t len);
typedef enum legacy_answer write_fn(struct card_vf *vf, size_t offset, const uint8_t *buf,
				    size_t len);

static void answer(struct adm_cmd *cmd, enum legacy_answer answer)
{
	if (answer == LEGACY_BAD_FIELD)
		adm_fail(cmd, SPEC_STATUS_EINVAL, SPEC_Q_INVALID_FIELD);
	else if (answer == LEGACY_BUSY)
		adm_fail(cmd, SPEC_STATUS_EBUSY, SPEC_Q_INVALID_COMMAND);
}

/* "The length of the data to write is simply the length of data." */
static void do_write(struct adm_cmd *cmd, write_fn *write)
{
	size_t header = sizeof(struct spec_legacy_access), len = adm_data_len(cmd);
	struct spec_legacy_access access;
	uint8_t buf[ACCESS_MAX];
	struct card_vf *vf;

	len = len > header ? len - header : 0;
	if (!len || len > sizeof(buf)) {
		answer(cmd, LEGACY_BAD_FIELD);
		return;
	}
	adm_data(cmd, 0, &access, sizeof(access));
	adm_data(cmd, header, buf, len);
	vf = adm_member_begin(cmd);
	if (!vf)
		return;
	if (!vf->func.gone)
		answer(cmd, write(vf, access.offset, buf, len));
	adm_member_end(vf);
}

static void do_read(struct adm_cmd *cmd, read_fn *read)
{
	struct spec_legacy_access access;
	uint8_t buf[ACCESS_MAX];
	size_t len = cmd->writable;
	enum legacy_answer got;
	struct card_vf *vf;

	len = len > sizeof(struct spec_cmd_status) ? len - sizeof(struct spec_cmd_status) : 0;
	if (!len || len > sizeof(buf)) {
		answer(cmd, LEGACY_BAD_FIELD);
		return;
	}
	adm_data(cmd, 0, &access, sizeof(access));
	vf = adm_member_begin(cmd);
	if (!vf)
		return;
	got = vf->func.gone ? LEGACY_OK : read(vf, access.offset, buf, len);
	if (vf->func.gone)
		memset(buf, 0xff, len);
	adm_member_end(vf);
	answer(cmd, got);
	if (got == LEGACY_OK)
		adm_result(cmd, 0, buf, len);
}

void adm_legacy_common_cfg_write(struct adm_cmd *cmd)
{
	do_write(cmd, legacy_common_write);
}

void adm_legacy_common_cfg_read(struct adm_cmd *cmd)
{
	do_read(cmd, legacy_common_read);
}

void adm_legacy_dev_cfg_write(struct adm_cmd *cmd)
{
	do_write(cmd, legacy_device_write);
}

void adm_legacy_dev_cfg_read(struct adm_cmd *cmd)
{
	do_read(cmd, legacy_device_read);
}

static struct spec_legacy_notify notify_entry(struct card_vf *vf, enum spec_legacy_notify_flags by)
{
	struct card_func *func = by == SPEC_LEGACY_NOTIFY_OWNER ? &vf->pf->func : &vf->func;
	hwaddr offset = func->legacy_notify_base;

	if (by == SPEC_LEGACY_NOTIFY_OWNER)
		offset += (hwaddr)vf->index * CARD_LEGACY_NOTIFY_PAGE;
	return (struct spec_legacy_notify) {
		.flags = by,
		.bar = func->proxy.modern_mem_bar_idx,
		.offset = offset,
	};
}

/* The member's own page alone, or what the fault says. Returns the number of entries. */
static size_t notify_entries(struct card_vf *vf, struct spec_legacy_notify *entries)
{
	uint64_t kind = UINT64_MAX;

	entries[0] = notify_entry(vf, SPEC_LEGACY_NOTIFY_MEMBER);
	card_fault(&vf->pf->faults[1 + vf->index], FAULT_NOTIFY, &kind);
	switch (kind) {
	case FAULT_NOTIFY_NONE:
		return 0;
	case FAULT_NOTIFY_OWNER:
		entries[0] = notify_entry(vf, SPEC_LEGACY_NOTIFY_OWNER);
		return 1;
	case FAULT_NOTIFY_BOTH:
		entries[1] = notify_entry(vf, SPEC_LEGACY_NOTIFY_OWNER);
		return 2;
	case FAULT_NOTIFY_BAD_BAR:
		entries[0].bar = 7;
		return 1;
	case FAULT_NOTIFY_OUTSIDE:
		entries[0].offset = memory_region_size(&vf->func.proxy.modern_bar);
		return 1;
	case FAULT_NOTIFY_ODD:
		entries[0].offset++;
		return 1;
	default:
		return 1;
	}
}

void adm_legacy_notify_info(struct adm_cmd *cmd)
{
	struct spec_legacy_notify entries[SPEC_LEGACY_NOTIFY_ENTRIES] = {};
	struct card_vf *vf = adm_member(cmd);
	size_t count = notify_entries(vf, entries);

	for (size_t i = count; i < ARRAY_SIZE(entries); i++)
		memset(&entries[i], 0, sizeof(entries[i]));
	for (size_t i = 0; i < count; i++)
		entries[i].offset = cpu_to_le64(entries[i].offset);
	adm_result(cmd, 0, entries, sizeof(entries));
}
