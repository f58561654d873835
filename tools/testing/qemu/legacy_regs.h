/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The legacy interface of one VF, as adm_legacy.c reaches it: see legacy_regs.c. */
#ifndef CARD_LEGACY_REGS_H
#define CARD_LEGACY_REGS_H

#include "card.h"

enum legacy_answer {
	LEGACY_OK,
	LEGACY_BAD_FIELD,	/* not a single field, or outside of the structure */
	LEGACY_BUSY,		/* the modern interface drives the VF */
};

/* The structure's bytes OFFSET to OFFSET + LEN from or to BUF, little-endian. */
enum legacy_answer legacy_common_read(struct card_vf *vf, size_t offset, uint8_t *buf, size_t len);
enum legacy_answer legacy_common_write(struct card_vf *vf, size_t offset, const uint8_t *buf,
				       size_t len);
enum legacy_answer legacy_device_read(struct card_vf *vf, size_t offset, uint8_t *buf, size_t len);
enum legacy_answer legacy_device_write(struct card_vf *vf, size_t offset, const uint8_t *buf,
				       size_t len);

#endif /* CARD_LEGACY_REGS_H */
