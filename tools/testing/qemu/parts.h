/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device parts of a VF ("Device parts"): a part is a row of a table that is
 * read, checked and set. parts.c walks the rows, the other parts_*.c have them.
 */
#ifndef CARD_PARTS_H
#define CARD_PARTS_H

#include "card.h"

#define PARTS_SELECTOR	8

/* One part, in memory of whoever asks */
struct part {
	uint16_t type;
	uint8_t flags;
	uint8_t selector[PARTS_SELECTOR];
	const uint8_t *value;
	uint32_t len;
};

/* What is wanted of a VF's parts, and where they go */
struct parts_out {
	struct card_vf *vf;
	const struct part_row *row;	/* the one that is emitted now */
	bool headers;			/* the headers alone */
	bool longest;			/* as long as they ever get, for their size alone */
	const uint8_t *wanted;		/* headers of these alone; NULL: all */
	size_t wanted_count;
	GByteArray *bytes;
	unsigned int count;
};

/* A list of parts that is checked: what a part may rely on */
struct parts_in {
	struct card_vf *vf;
	uint64_t features;		/* the driver's, once they are set */
};

struct part_row {
	uint16_t type;
	bool optional;
	/* Is there such a part at all? NULL: yes. */
	bool (*there)(struct card_vf *vf);
	/* parts_emit() for each instance, in order */
	void (*get)(struct parts_out *out);
	/* Would set() do it? No side effect but on IN. */
	bool (*check)(struct parts_in *in, const struct part *part);
	void (*set)(struct card_vf *vf, const struct part *part);	/* NULL: check() was all */
};

/* A list of rows of ascending types */
struct part_rows {
	const struct part_row *rows;
	size_t count;
};

extern const struct part_rows parts_common, parts_own;

/* parts.c */
void parts_emit(struct parts_out *out, const uint8_t selector[PARTS_SELECTOR], const void *value,
		size_t len);
void parts_get(struct parts_out *out);
/* All of LEN bytes or nothing. False: something in them is wrong. */
bool parts_set(struct card_vf *vf, const uint8_t *bytes, size_t len);

/* parts_spoil.c: the fault "parts" */
void parts_spoil(struct card_vf *vf, GByteArray *bytes);
/* What DEV_PARTS_METADATA_GET says of LEN bytes */
size_t parts_spoil_size(struct card_vf *vf, size_t len);

/* mode.c */
/* False: requests are in flight, try later. */
bool card_vf_stop(struct card_vf *vf);
/* False: where the device is in some ring is not known. */
bool card_vf_resume(struct card_vf *vf);
bool card_vf_stopped(const struct card_vf *vf);
/* The driver's part of the state is gone, the mode stays. */
void card_vf_forget_places(struct card_vf *vf);
/* FLR: also the mode */
void card_vf_mode_reset(struct card_vf *vf);
/* The VF's bus mastering was switched on. */
void card_vf_memory_on(struct card_func *func);

#endif /* CARD_PARTS_H */
