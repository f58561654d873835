// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any structures, any access: its steps cover it byte by byte, and each byte is where the
 * structures have it.
 * sources: drivers/vfio/pci/virtio/modern_layout.c drivers/vfio/pci/virtio/trap_plan.c
 */
#include <assert.h>
#include <string.h>

#include <linux/kernel.h>
#include <linux/virtio_pci.h>

#include "drivers/vfio/pci/virtio/modern_layout.h"
#include "fuzz.h"

#define SIZE	256	/* of each BAR */

static bool inside(const struct virtiovf_structure *it, u8 bar, u64 at)
{
	return it->bar == bar && at >= it->offset && at - it->offset < it->length;
}

/* The common configuration comes first, should the two overlap */
static void check_byte(const struct virtiovf_modern_layout *layout, u8 bar, u64 at,
		       enum virtiovf_modern_place place, u64 offset)
{
	const struct virtiovf_structure *common = &layout->at[VIRTIOVF_MODERN_COMMON];
	const struct virtiovf_structure *isr = &layout->at[VIRTIOVF_MODERN_ISR];

	if (inside(common, bar, at))
		assert(place == VIRTIOVF_MODERN_COMMON && offset == at - common->offset);
	else if (inside(isr, bar, at))
		assert(place == VIRTIOVF_MODERN_ISR && offset == at - isr->offset);
	else
		assert(place == VIRTIOVF_MODERN_ELSEWHERE && offset == at);
}

FUZZ_TARGET
{
	static const u64 bars[VIRTIOVF_TRAP_BARS] = { SIZE, SIZE, SIZE, SIZE, SIZE, SIZE };
	struct virtiovf_structure list[VIRTIOVF_STRUCTURES_MAX];
	struct virtiovf_modern_layout layout;
	unsigned int count = 0;
	u64 at, end;
	u8 bar;

	if (len < 3)
		return 0;
	bar = input[0] % VIRTIOVF_TRAP_BARS;
	at = input[1];
	end = at + 1 + input[2] % (SIZE - at);
	for (input += 3, len -= 3; len >= 4 && count < VIRTIOVF_STRUCTURES_MAX; count++) {
		list[count] = (struct virtiovf_structure) {
			.type = input[0] % 6,
			.bar = input[1] % (VIRTIOVF_TRAP_BARS + 1),
			.offset = input[2],
			.length = input[3],
		};
		input += 4;
		len -= 4;
	}
	virtiovf_modern_layout(&layout, list, count, bars);
	while (at < end) {
		struct virtiovf_modern_step step = virtiovf_modern_step(&layout, bar, at, end - at);

		assert(step.len && step.len <= end - at);
		if (step.place != VIRTIOVF_MODERN_ELSEWHERE)
			assert((step.len == 1 || step.len == 2 || step.len == 4) &&
			       !(at % step.len));
		for (u64 i = 0; i < step.len; i++)
			check_byte(&layout, bar, at + i, step.place, step.offset + i);
		at += step.len;
	}
	return 0;
}
