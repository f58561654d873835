// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random events on an emulated line, with a driver and a VMM that play by the rules:
 * whatever the device raised is read in the end, by interrupts alone, and there is no
 * signal that was not due.
 * sources: drivers/vfio/pci/virtio/intx_state.c
 */
#include <assert.h>

#include <linux/kernel.h>

#include "drivers/vfio/pci/virtio/intx_state.h"
#include "fuzz.h"

struct world {
	struct virtiovf_intx_state line;
	u8 raised;		/* and not read by the driver */
	bool signalled;		/* the VMM asserts the guest's line */
	bool user_mask;
};

static void got(struct world *world, bool signal)
{
	if (!signal)
		return;
	assert(!world->signalled && !world->user_mask);
	assert(world->raised && world->line.trigger && !world->line.disabled);
	world->signalled = true;
}

/* The guest's handler: reads the status, and its EOI unmasks */
static void handle(struct world *world)
{
	u8 status = virtiovf_intx_state_read(&world->line);

	assert(status == world->raised);
	world->raised = 0;
	world->signalled = false;
	world->user_mask = false;
	got(world, virtiovf_intx_state_unmask(&world->line));
}

static void step(struct world *world, u8 op, u8 bits)
{
	switch (op % 10) {
	case 0:
	case 1:
		world->raised |= bits % 4;
		got(world, virtiovf_intx_state_raise(&world->line, bits % 4));
		break;
	case 2:
		handle(world);
		break;
	case 3:
		virtiovf_intx_state_mask(&world->line);
		world->user_mask = world->line.enabled;
		if (!world->line.enabled)
			virtiovf_intx_state_turn_off(&world->line);
		break;
	case 4:
		/* an EOI without a handler that reads: the level signals again */
		world->signalled = false;
		world->user_mask = false;
		got(world, virtiovf_intx_state_unmask(&world->line));
		break;
	case 5:
		got(world, virtiovf_intx_state_disable(&world->line, bits & 1));
		break;
	case 6:
		if (!world->line.enabled)
			world->user_mask = false;
		if (!world->line.trigger)
			world->signalled = false;
		got(world, virtiovf_intx_state_enable(&world->line, bits & 1));
		break;
	case 7:
		virtiovf_intx_state_turn_off(&world->line);
		world->signalled = false;
		world->user_mask = false;
		break;
	case 8:
		virtiovf_intx_state_device_reset(&world->line);
		world->raised = 0;
		break;
	default:
		virtiovf_intx_state_function_reset(&world->line);
		world->raised = 0;
	}
}

FUZZ_TARGET
{
	struct world world = {};

	while (len >= 2) {
		step(&world, input[0], input[1]);
		assert(world.line.status == world.raised);
		/* what is raised is signalled, or something holds it back that will end */
		assert(!world.raised || world.signalled || world.line.disabled ||
		       world.user_mask || !world.line.trigger);
		input += 2;
		len -= 2;
	}
	/* the user lets it through, the guest handles what comes */
	got(&world, virtiovf_intx_state_disable(&world.line, false));
	if (!world.line.trigger)
		world.signalled = false;
	if (!world.line.enabled)
		world.user_mask = false;
	got(&world, virtiovf_intx_state_enable(&world.line, true));
	if (world.user_mask) {
		world.user_mask = false;
		world.signalled = false;
		got(&world, virtiovf_intx_state_unmask(&world.line));
	}
	while (world.signalled)
		handle(&world);
	assert(!world.raised);
	return 0;
}
