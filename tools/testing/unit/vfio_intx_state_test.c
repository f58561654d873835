// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state of an emulated INTx line: every event in every state, and the sequences
 * that a level has to get right.
 * sources: drivers/vfio/pci/virtio/intx_state.c
 */
#include <string.h>

#include <linux/kernel.h>

#include "drivers/vfio/pci/virtio/intx_state.h"
#include "unit.h"

#define QUEUE	VIRTIOVF_ISR_QUEUE
#define CONFIG	VIRTIOVF_ISR_CONFIG

static struct virtiovf_intx_state line;

static void enabled(void)
{
	memset(&line, 0, sizeof(line));
	EXPECT(!virtiovf_intx_state_enable(&line, true));
}

static bool raise_line(u8 bits)
{
	return virtiovf_intx_state_raise(&line, bits);
}

UNIT_TEST(a_signal_masks)
{
	enabled();
	EXPECT(raise_line(QUEUE));
	EXPECT(line.automasked);
	EXPECT(!raise_line(QUEUE));
	EXPECT(!raise_line(CONFIG));
	EXPECT_EQ(virtiovf_intx_state_read(&line), QUEUE | CONFIG);
	EXPECT_EQ(virtiovf_intx_state_read(&line), 0);
	EXPECT(!virtiovf_intx_state_unmask(&line));
	EXPECT(raise_line(CONFIG));
}

UNIT_TEST(unmask_signals_again_while_asserted)
{
	enabled();
	EXPECT(raise_line(QUEUE));
	for (int i = 0; i < 3; i++)
		EXPECT(virtiovf_intx_state_unmask(&line));
	EXPECT_EQ(virtiovf_intx_state_read(&line), QUEUE);
	EXPECT(!virtiovf_intx_state_unmask(&line));
}

UNIT_TEST(masked_while_asserted)
{
	enabled();
	virtiovf_intx_state_mask(&line);
	EXPECT(!raise_line(QUEUE));
	EXPECT(virtiovf_intx_state_unmask(&line));
	enabled();
	EXPECT(raise_line(QUEUE));
	virtiovf_intx_state_mask(&line);
	EXPECT_EQ(virtiovf_intx_state_read(&line), QUEUE);
	EXPECT(!raise_line(CONFIG));
	EXPECT(virtiovf_intx_state_unmask(&line));
	EXPECT_EQ(virtiovf_intx_state_read(&line), CONFIG);
}

UNIT_TEST(asserted_while_disabled)
{
	enabled();
	EXPECT(!virtiovf_intx_state_disable(&line, true));
	EXPECT(!raise_line(QUEUE));
	EXPECT(!virtiovf_intx_state_unmask(&line));
	EXPECT_EQ(line.status, QUEUE);
	EXPECT(virtiovf_intx_state_disable(&line, false));
	/* and read before it is enabled again */
	enabled();
	virtiovf_intx_state_disable(&line, true);
	raise_line(QUEUE);
	EXPECT_EQ(virtiovf_intx_state_read(&line), QUEUE);
	EXPECT(!virtiovf_intx_state_disable(&line, false));
}

UNIT_TEST(disable_bit_does_not_unmask)
{
	enabled();
	virtiovf_intx_state_mask(&line);
	raise_line(QUEUE);
	virtiovf_intx_state_disable(&line, true);
	EXPECT(!virtiovf_intx_state_disable(&line, false));
	EXPECT(virtiovf_intx_state_unmask(&line));
	EXPECT(!virtiovf_intx_state_disable(&line, false));
}

UNIT_TEST(pending_when_it_is_enabled)
{
	memset(&line, 0, sizeof(line));
	EXPECT(!raise_line(QUEUE));
	EXPECT(virtiovf_intx_state_enable(&line, true));
	virtiovf_intx_state_turn_off(&line);
	EXPECT_EQ(line.status, QUEUE);
	EXPECT(!raise_line(CONFIG));
	EXPECT(virtiovf_intx_state_enable(&line, true));
	EXPECT_EQ(virtiovf_intx_state_read(&line), QUEUE | CONFIG);
}

UNIT_TEST(masks_end_when_it_is_turned_off)
{
	enabled();
	virtiovf_intx_state_mask(&line);
	raise_line(QUEUE);
	virtiovf_intx_state_turn_off(&line);
	EXPECT(!line.masked && !line.automasked && !line.trigger && !line.enabled);
	EXPECT(virtiovf_intx_state_enable(&line, true));
}

UNIT_TEST(another_eventfd_keeps_the_masks)
{
	enabled();
	EXPECT(raise_line(QUEUE));
	EXPECT(!virtiovf_intx_state_enable(&line, true));
	virtiovf_intx_state_mask(&line);
	EXPECT(!virtiovf_intx_state_enable(&line, true));
	EXPECT(virtiovf_intx_state_unmask(&line));
}

UNIT_TEST(without_an_eventfd_nothing_is_lost)
{
	enabled();
	EXPECT(!virtiovf_intx_state_enable(&line, false));
	EXPECT(!raise_line(QUEUE));
	EXPECT(!virtiovf_intx_state_unmask(&line));
	EXPECT(virtiovf_intx_state_enable(&line, true));
	/* a signal that may have gone to the eventfd that was taken away */
	EXPECT(!virtiovf_intx_state_enable(&line, false));
	EXPECT(virtiovf_intx_state_enable(&line, true));
	/* the user's own mask stays */
	virtiovf_intx_state_mask(&line);
	EXPECT(!virtiovf_intx_state_enable(&line, false));
	EXPECT(!virtiovf_intx_state_enable(&line, true));
}

UNIT_TEST(loopback_does_not_assert)
{
	memset(&line, 0, sizeof(line));
	EXPECT(!virtiovf_intx_state_loopback(&line));
	enabled();
	EXPECT(virtiovf_intx_state_loopback(&line));
	EXPECT_EQ(line.status, 0);
	EXPECT(!line.automasked);
	virtiovf_intx_state_mask(&line);
	EXPECT(virtiovf_intx_state_loopback(&line));
	virtiovf_intx_state_disable(&line, true);
	EXPECT(!virtiovf_intx_state_loopback(&line));
}

UNIT_TEST(resets_deassert_and_keep_the_users_masks)
{
	enabled();
	virtiovf_intx_state_disable(&line, true);
	virtiovf_intx_state_mask(&line);
	raise_line(QUEUE | CONFIG);
	virtiovf_intx_state_device_reset(&line);
	EXPECT_EQ(line.status, 0);
	EXPECT(line.disabled && line.masked && line.enabled);
	raise_line(QUEUE);
	virtiovf_intx_state_function_reset(&line);
	EXPECT_EQ(line.status, 0);
	EXPECT(!line.disabled && line.masked && line.enabled);
	EXPECT(!raise_line(QUEUE));
	EXPECT(virtiovf_intx_state_unmask(&line));
}

/* The states that can be reached: a line without a user has no eventfd and no mask */
static bool possible(const struct virtiovf_intx_state *state)
{
	return state->enabled || (!state->trigger && !state->masked && !state->automasked);
}

static struct virtiovf_intx_state state_of(unsigned int bits)
{
	return (struct virtiovf_intx_state) {
		.enabled = bits & 1,
		.trigger = bits & 2,
		.masked = bits & 4,
		.automasked = bits & 8,
		.disabled = bits & 16,
		.status = bits >> 5 & 3,
	};
}

/* An event, and what has to be left; a signal is due when the level says so */
static bool event(int number, struct virtiovf_intx_state *state,
		  struct virtiovf_intx_state *left)
{
	switch (number) {
	case 0:
		left->status |= QUEUE;
		return virtiovf_intx_state_raise(state, QUEUE);
	case 1:
		left->status |= CONFIG;
		return virtiovf_intx_state_raise(state, CONFIG);
	case 2:
		left->masked = false;
		left->automasked = false;
		return virtiovf_intx_state_unmask(state);
	case 3:
		left->disabled = true;
		return virtiovf_intx_state_disable(state, true);
	case 4:
		left->disabled = false;
		return virtiovf_intx_state_disable(state, false);
	case 5:
		left->masked &= state->enabled;
		left->automasked &= state->trigger;
		left->enabled = true;
		left->trigger = true;
		return virtiovf_intx_state_enable(state, true);
	default:
		left->masked &= state->enabled;
		left->automasked &= state->trigger;
		left->enabled = true;
		left->trigger = false;
		return virtiovf_intx_state_enable(state, false);
	}
}

UNIT_TEST(every_event_in_every_state)
{
	int tried = 0;

	for (unsigned int bits = 0; bits < 128; bits++) {
		for (int number = 0; number < 7; number++) {
			struct virtiovf_intx_state state = state_of(bits), left = state;
			bool signal, due;

			if (!possible(&state))
				continue;
			signal = event(number, &state, &left);
			due = left.status && left.trigger && !left.disabled && !left.masked &&
			      !left.automasked;
			left.automasked |= due;
			EXPECT_EQ(signal, due);
			EXPECT(!memcmp(&state, &left, sizeof(state)));
			EXPECT(possible(&state));
			tried++;
		}
	}
	EXPECT_EQ(tried, 504);
}
