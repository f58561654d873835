/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a function says of itself that is not true: bytes laid over reads of its
 * configuration space and of its common configuration.
 */
#ifndef CARD_LIE_H
#define CARD_LIE_H

enum card_lie_place {
	LIE_CONFIG,		/* PCI configuration space */
	LIE_CAP,		/* the first virtio capability of a type */
	LIE_COMMON,		/* common configuration */
	LIE_QUEUE,		/* the same, while a queue is selected */
	LIE_FEATURE,		/* the same, while a word of the device's features is */
};

struct card_lie {
	enum card_lie_place place;
	unsigned int which;	/* type of the capability, index of the queue or word */
	unsigned int offset;
	unsigned int width;	/* 1 to 4 bytes */
	uint32_t value;		/* little-endian in memory */
};

/*
 * "PLACE+OFFSET/WIDTH=VALUE;..." with PLACE config, capN, common, queueN
 * or featureN.
 * NULL and @errp when @text is wrong; an array of none for an empty text.
 */
GArray *card_lies_parse(const char *text, Error **errp);

/* What @value of @size bytes, read at @addr of @place, is made to be */
uint64_t card_lies_apply(const GArray *lies, enum card_lie_place place, unsigned int which,
			 unsigned int base, unsigned int addr, unsigned int size, uint64_t value);

#endif /* CARD_LIE_H */
