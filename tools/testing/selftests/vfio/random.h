/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers that look random and are the same for the same seed. */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdint.h>

/* xorshift64*; the state is never 0 */
static inline uint64_t random_next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

static inline uint32_t random_below(uint64_t *state, uint32_t limit)
{
	return (random_next(state) >> 32) % limit;
}

static inline uint64_t random_start(uint64_t seed)
{
	uint64_t state = seed * 0x9e3779b97f4a7c15ULL + 1;

	for (int i = 0; i < 8; i++)
		random_next(&state);
	return state ? state : 1;
}

#endif /* RANDOM_H */
