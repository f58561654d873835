// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * "Device and driver capabilities": which the device has, and what the driver
 * has set of each. A capability is a row.
 */
#include "qemu/osdep.h"
#include "qemu/bitops.h"
#include "card.h"
#include "adm_cmd.h"

/* No capability's data is longer. */
#define CAP_DATA_MAX	8

struct cap_row {
	uint16_t id;
	uint8_t len;
	void (*get)(struct card_pf *pf, uint8_t *data);
	/* False: more than the device offers. */
	bool (*check)(struct card_pf *pf, const uint8_t *data);
	void (*set)(struct card_pf *pf, const uint8_t *data);
};

/* --- limits of device parts objects --- */

static void get_limits(struct card_pf *pf, uint8_t *data)
{
	data[0] = pf->object_limit;
	data[1] = pf->object_limit;
}

static bool check_limits(struct card_pf *pf, const uint8_t *data)
{
	return data[0] <= pf->object_limit && data[1] <= pf->object_limit;
}

static void set_limits(struct card_pf *pf, const uint8_t *data)
{
	pf->caps.limit[SPEC_OBJ_PARTS_GET] = data[0];
	pf->caps.limit[SPEC_OBJ_PARTS_SET] = data[1];
}

/* --- the part of our own --- */

static void get_own(struct card_pf *pf, uint8_t *data)
{
	struct own_cap cap = { .magic = OWN_MAGIC, .version = cpu_to_le16(OWN_VERSION) };

	memcpy(data, &cap, sizeof(cap));
}

static bool check_own(struct card_pf *pf, const uint8_t *data)
{
	static const uint8_t magic[] = OWN_MAGIC;
	struct own_cap cap;

	memcpy(&cap, data, sizeof(cap));
	return !memcmp(cap.magic, magic, sizeof(cap.magic)) &&
	       le16_to_cpu(cap.version) <= OWN_VERSION;
}

static void set_own(struct card_pf *pf, const uint8_t *data)
{
	struct own_cap cap;

	memcpy(&cap, data, sizeof(cap));
	pf->caps.own_version = le16_to_cpu(cap.version);
}

static const struct cap_row cap_rows[] = {
	{ SPEC_CAP_DEV_PARTS, 2, get_limits, check_limits, set_limits },
	{ OWN_CAP, sizeof(struct own_cap), get_own, check_own, set_own },
};

/* --- the commands --- */

void adm_cap_id_list_query(struct adm_cmd *cmd)
{
	for (size_t i = 0; i < ARRAY_SIZE(cap_rows); i++) {
		unsigned int byte = cap_rows[i].id / 8;
		uint8_t bits = 0;

		for (size_t r = 0; r < ARRAY_SIZE(cap_rows); r++)
			if (cap_rows[r].id / 8 == byte)
				bits |= BIT(cap_rows[r].id % 8);
		adm_result(cmd, byte, &bits, sizeof(bits));
	}
}

static const struct cap_row *find_row(struct adm_cmd *cmd)
{
	uint8_t id[2];

	adm_data(cmd, 0, id, sizeof(id));
	for (size_t i = 0; i < ARRAY_SIZE(cap_rows); i++)
		if (cap_rows[i].id == lduw_le_p(id))
			return &cap_rows[i];
	adm_fail(cmd, SPEC_STATUS_ENXIO, SPEC_Q_INVALID_FIELD);
	return NULL;
}

void adm_device_cap_get(struct adm_cmd *cmd)
{
	const struct cap_row *row = find_row(cmd);
	uint8_t data[CAP_DATA_MAX];

	if (!row)
		return;
	row->get(cmd->pf, data);
	cmd->result_len = MIN(cmd->result_len, row->len);
	adm_result(cmd, 0, data, row->len);
}

void adm_driver_cap_set(struct adm_cmd *cmd)
{
	const struct cap_row *row = find_row(cmd);
	uint8_t data[CAP_DATA_MAX];

	if (!row)
		return;
	adm_data(cmd, SPEC_CAP_DATA, data, sizeof(data));
	if (!row->check(cmd->pf, data))
		adm_fail(cmd, SPEC_STATUS_EINVAL, SPEC_Q_INVALID_FIELD);
	else if (cmd->pf->objects->len)
		adm_fail(cmd, SPEC_STATUS_EBUSY, SPEC_Q_INVALID_COMMAND);
	else
		row->set(cmd->pf, data);
}
