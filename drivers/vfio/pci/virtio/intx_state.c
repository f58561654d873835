// SPDX-License-Identifier: GPL-2.0-only
/*
 * When is the eventfd of an emulated INTx line signalled? The line is level-triggered:
 * it is asserted while the ISR status is not zero. A signal masks it (automask), and an
 * unmask signals again if it is still asserted, so no interrupt is lost.
 *
 * Functions that return bool return whether the caller has to signal the eventfd.
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

/* The device sent an interrupt */
bool virtiovf_intx_state_raise(struct virtiovf_intx_state *state, u8 bits)
{
	state->status |= bits;
	return signal_if_asserted(state);
}

/* The driver reads the ISR status, which clears it and deasserts the line */
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
 * Enable the line, or replace its eventfd. Without an eventfd there was no signal that
 * the user could have answered by an unmask, so a new one starts unmasked.
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

/* Keeps the status: the driver may still read it */
void virtiovf_intx_state_turn_off(struct virtiovf_intx_state *state)
{
	state->enabled = false;
	state->trigger = false;
	state->masked = false;
	state->automasked = false;
}

/* VFIO_IRQ_SET_ACTION_TRIGGER without an eventfd: neither asserts nor masks the line */
bool virtiovf_intx_state_loopback(const struct virtiovf_intx_state *state)
{
	return state->trigger && !state->disabled;
}

/* The driver wrote a device status of 0 */
void virtiovf_intx_state_device_reset(struct virtiovf_intx_state *state)
{
	state->status = 0;
}

/* Keeps the user's masks, which are not state of the function */
void virtiovf_intx_state_function_reset(struct virtiovf_intx_state *state)
{
	state->status = 0;
	state->disabled = false;
}
