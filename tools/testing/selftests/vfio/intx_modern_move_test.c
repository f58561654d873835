// SPDX-License-Identifier: GPL-2.0-only
/*
 * The INTx line of a modern driver goes to another VF, as when a VMM migrates a guest without
 * MSI-X. VFIO_PEER is that VF, VFIO_MAPPED one that was bound with trap_modern=N.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "modern_line.h"
#include "pair.h"
#include "unit.h"

static struct mig_stream stream;

/* Both ends of a migration, with a driver in the first */
static struct guest *running_with(struct guest **to, const char *variable)
{
	const char *address = getenv(variable);
	struct guest *guest = guest_fresh();

	if (!address)
		unit_skip("set VFIO_PEER and VFIO_MAPPED to other VFs of the same card");
	*to = guest_another(address);
	ASSERT_EQ(guest_trapped((*to)->line.vf), !strcmp(variable, "VFIO_PEER"));
	guest_start(guest);
	return guest;
}

static void leave(struct guest *guest)
{
	save(guest->line.vf, false, &stream);
}

static int arrive(struct guest *from, struct guest *to)
{
	struct outcome outcome = load(to->line.vf, &stream, stream.len, 0);

	to->modern.offered = from->modern.offered;
	to->doorbell = from->doorbell;
	return outcome.error;
}

static void move(struct guest *from, struct guest *to)
{
	leave(from);
	ASSERT_EQ(arrive(from, to), 0);
	run(to->line.vf);
}

UNIT_TEST(it_is_migrated)
{
	struct guest *to, *guest = running_with(&to, "VFIO_PEER");

	guest_works(guest);
	guest_interrupt(guest);
	line_signalled(&guest->line);
	move(guest, to);
	EXPECT(guest_behind(to) >= 0);
	EXPECT(line_pending(&to->line));
	line_signalled(&to->line);
	guest_handled(to);
	for (int i = 0; i < 10; i++)
		guest_works(to);
	EXPECT_EQ(modern_get(&to->modern, M_STATUS, 1), READY);
	EXPECT_EQ(modern_get(&to->modern, M_QUEUE_VECTOR, 2), NO_VECTOR);
	EXPECT_EQ(modern_get(&to->modern, M_QUEUE_SELECT, 2), modern_queue(&to->modern));
}

UNIT_TEST(it_is_migrated_forth_and_back)
{
	struct guest *next, *at = running_with(&next, "VFIO_PEER");

	for (int i = 0; i < 10; i++) {
		struct guest *left = at;

		move(at, next);
		guest_works(next);
		guest_works(next);
		ASSERT_EQ(vf_reset(left->line.vf), 0);
		guest_command(left);
		at = next;
		next = left;
	}
}

UNIT_TEST(the_line_is_enabled_last)
{
	struct guest *to, *guest = running_with(&to, "VFIO_PEER");

	guest_interrupt(guest);
	line_signalled(&guest->line);
	ASSERT_EQ(intx_off(to->line.vf), 0);
	leave(guest);
	ASSERT_EQ(arrive(guest, to), 0);
	EXPECT(guest_behind(to) < 0);
	EXPECT_EQ(modern_get(&to->modern, M_QUEUE_VECTOR, 2), NO_VECTOR);
	ASSERT_EQ(intx_trigger(to->line.vf, to->line.fd), 0);
	EXPECT(guest_behind(to) >= 0);
	line_signalled(&to->line);
	run(to->line.vf);
	guest_handled(to);
	guest_works(to);
}

/* A VF whose registers are mapped does not see what a modern driver sets up */
UNIT_TEST(it_is_not_served_where_registers_are_mapped)
{
	struct guest *to, *guest = running_with(&to, "VFIO_MAPPED");

	leave(guest);
	EXPECT_EQ(arrive(guest, to), -EINVAL);
	ASSERT_EQ(vf_reset(to->line.vf), 0);
	guest_command(to);
	/* nobody waits for the line: that is no reason */
	ASSERT_EQ(mig_set(guest->line.vf, MIG_RUNNING, &(int){ 0 }), 0);
	ASSERT_EQ(intx_off(guest->line.vf), 0);
	move(guest, to);
	guest_interrupt(to);
	line_silent(&to->line);
	EXPECT(guest_behind(to) < 0);
}
