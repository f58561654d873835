// SPDX-License-Identifier: GPL-2.0-only
/*
 * When is the user of an emulated INTx line signalled? The line is a level: it is
 * asserted while the ISR status is not zero. A signal masks it (automask), and an
 * unmask signals again if it is still asserted, so nothing is lost in between.
 *
 * A function that returns bool tells its caller to signal the eventfd.
 */
#include <linux/kernel.h>

#include "intx_state.h"

static bool signal_if_asserted(struct virtiovf_intx_state *state)
{
	if (!state->status || !state->trigger || state->disabled || state->masked ||
	    state->automasked)
		return false;
	state->automasked = true;
	return true;
}

/* The device has interrupted */
bool virtiovf_intx_state_raise(struct virtiovf_intx_state *state, u8 bits)
{
	state->status |= bits;
	return signal_if_asserted(state);
}

/* "Reading this register clears it", and deasserts the line */
u8 virtiovf_intx_state_read(struct virtiovf_intx_state *state)
{
	u8 status = state->status;

	state->status = 0;
	return status;
}

void virtiovf_intx_state_mask(struct virtiovf_intx_state *state)
{
	state->masked = true;
}

bool virtiovf_intx_state_unmask(struct virtiovf_intx_state *state)
{
	state->masked = false;
	state->automasked = false;
	return signal_if_asserted(state);
}

/* PCI_COMMAND_INTX_DISABLE is independent of the user's mask */
bool virtiovf_intx_state_disable(struct virtiovf_intx_state *state, bool disabled)
{
	state->disabled = disabled;
	return signal_if_asserted(state);
}

/*
 * Enabled, or given another eventfd. Without an eventfd nobody learned of a signal, so
 * the first one begins unmasked.
 */
bool virtiovf_intx_state_enable(struct virtiovf_intx_state *state, bool trigger)
{
	if (!state->enabled)
		state->masked = false;
	if (!state->trigger)
		state->automasked = false;
	state->enabled = true;
	state->trigger = trigger;
	return signal_if_asserted(state);
}

/* The status stays: the driver may still read it */
void virtiovf_intx_state_turn_off(struct virtiovf_intx_state *state)
{
	state->enabled = false;
	state->trigger = false;
	state->masked = false;
	state->automasked = false;
}

/* The user triggers the interrupt itself, which neither asserts nor masks the line */
bool virtiovf_intx_state_loopback(const struct virtiovf_intx_state *state)
{
	return state->trigger && !state->disabled;
}

/* By a device status of 0 */
void virtiovf_intx_state_device_reset(struct virtiovf_intx_state *state)
{
	state->status = 0;
}

/* Masks are the user's, not the function's */
void virtiovf_intx_state_function_reset(struct virtiovf_intx_state *state)
{
	state->status = 0;
	state->disabled = false;
}
