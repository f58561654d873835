// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VF's INTx line goes to another VF, as when a VMM migrates a guest whose legacy driver
 * does not use MSI-X: what is pending is pending there, and the next interrupt comes.
 * VFIO_PEER is the other VF.
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "line.h"
#include "pair.h"
#include "unit.h"

/* A line in a stream, as Documentation/migration.rst has it */
#define RECORD_LINE	4
#define RECORD_OPTIONAL	1

struct line_record {
	uint16_t version, select;
	uint8_t status, flags, reserved[2];
	uint64_t queues[];
};

static struct mig_stream stream;

/* The destination: memory that is the guest's as well, its line enabled */
static struct line *peer_of(struct line *line)
{
	static struct vf vf = { .container = -1, .group = -1, .device = -1 };
	static struct line peer = { .fd = -1 };
	const char *address = getenv("VFIO_PEER");

	if (mig_flags(line->vf) < 0)
		unit_skip("the VF cannot migrate");
	if (!address)
		unit_skip("set VFIO_PEER to the address of another VF of the same card");
	vf_close(&vf);
	if (peer.fd >= 0)
		close(peer.fd);
	ASSERT_EQ(vf_open(&vf, address), 0);
	peer = (struct line) { .vf = &vf, .ring = line->ring, .fd = event_new() };
	peer.ring.vf = &vf;
	ASSERT_EQ(ring_map(&peer.ring), 0);
	ring_command(&peer.ring, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	ASSERT_EQ(intx_trigger(&vf, peer.fd), 0);
	return &peer;
}

static void leave(struct line *line, bool pre_copy)
{
	save(line->vf, pre_copy, &stream);
}

/* @from has left: @to has its state, and is in STOP */
static void arrive(struct line *from, struct line *to)
{
	struct outcome outcome = load(to->vf, &stream, stream.len, 0);

	ASSERT_EQ(outcome.error, 0);
	to->ring.offered = from->ring.offered;
}

static void move(struct line *from, struct line *to)
{
	leave(from, false);
	arrive(from, to);
	run(to->vf);
}

static struct mig_record *line_in(struct mig_stream *it)
{
	struct mig_record *record;

	for (unsigned int i = 0; (record = mig_record(it, i)); i++)
		if (record->type == RECORD_LINE)
			return record;
	return NULL;
}

UNIT_TEST(an_asserted_line_is_asserted_there)
{
	struct line *line = line_running(), *to = peer_of(line);

	line_interrupt(line);
	line_signalled(line);
	move(line, to);
	EXPECT(line_host_count(to->vf) >= 0);
	EXPECT(line_pending(to));
	line_signalled(to);
	line_handled(to);
	for (int i = 0; i < 10; i++)
		line_works(to);
}

UNIT_TEST(one_that_was_handled_is_not)
{
	struct line *line = line_running(), *to = peer_of(line);

	line_interrupt(line);
	line_signalled(line);
	EXPECT_EQ(line_isr(line), LINE_QUEUE);
	/* not unmasked: that is the VMM's, whose line here is not masked */
	move(line, to);
	line_silent(to);
	EXPECT(!line_pending(to));
	line_works(to);
}

UNIT_TEST(pending_while_masked)
{
	struct line *line = line_running(), *to = peer_of(line);

	ASSERT_EQ(intx_mask(line->vf), 0);
	line_interrupt(line);
	line_wait_pending(line);
	ASSERT_EQ(intx_mask(to->vf), 0);
	move(line, to);
	line_silent(to);
	EXPECT(line_pending(to));
	ASSERT_EQ(intx_unmask(to->vf), 0);
	line_signalled(to);
	line_handled(to);
	line_works(to);
}

/* The VMM moves the configuration space itself, before the state or after it */
UNIT_TEST(pending_while_disabled)
{
	for (int before = 0; before < 2; before++) {
		struct line *line = line_running(), *to = peer_of(line);

		line_disable(line, true);
		line_interrupt(line);
		line_wait_pending(line);
		if (before)
			line_disable(to, true);
		leave(line, false);
		arrive(line, to);
		if (!before) {
			/* enabled so far, so it was asserted */
			line_signalled(to);
			line_disable(to, true);
			ASSERT_EQ(intx_unmask(to->vf), 0);
		}
		run(to->vf);
		line_silent(to);
		EXPECT(line_pending(to));
		line_disable(to, false);
		line_signalled(to);
		line_handled(to);
		line_works(to);
	}
}

/* The source did not see it: the destination finds it in the ring */
UNIT_TEST(a_request_on_its_way)
{
	struct line *line = line_running(), *to = peer_of(line);

	line_works(line);
	ring_publish(&line->ring);
	leave(line, false);
	line_silent(line);
	arrive(line, to);
	line_silent(to);
	run(to->vf);
	line_signalled(to);
	EXPECT_EQ(ring_completed(&to->ring, RING_WAIT_US), to->ring.offered);
	line_handled(to);
	line_works(to);
}

/* Whatever the VMM does last */
UNIT_TEST(the_line_is_enabled_last)
{
	struct line *line = line_running(), *to = peer_of(line);

	line_interrupt(line);
	line_signalled(line);
	ASSERT_EQ(intx_off(to->vf), 0);
	leave(line, true);
	arrive(line, to);
	EXPECT(line_host_count(to->vf) < 0);
	ASSERT_EQ(intx_trigger(to->vf, to->fd), 0);
	EXPECT(line_host_count(to->vf) >= 0);
	line_signalled(to);
	run(to->vf);
	line_handled(to);
	line_works(to);
}

/* Between the pieces of a stream the guest goes on */
UNIT_TEST(the_last_piece_counts)
{
	struct line *line = line_running(), *to = peer_of(line);
	int fd, none;

	stream.len = 0;
	line_interrupt(line);
	line_signalled(line);
	ASSERT_EQ(mig_set(line->vf, MIG_PRE_COPY, &fd), 0);
	EXPECT_EQ(mig_read(fd, &stream), ENOMSG);
	ASSERT(line_in(&stream));
	line_put(line, DEVICE_STATUS, 1, 0);
	ASSERT_EQ(mig_set(line->vf, MIG_STOP_COPY, &none), 0);
	EXPECT_EQ(mig_read(fd, &stream), 0);
	close(fd);
	arrive(line, to);
	run(to->vf);
	line_silent(to);
	EXPECT(!line_pending(to));
	EXPECT(line_host_count(to->vf) < 0);
	ring_set_up(&to->ring);
	ring_ready(&to->ring);
	line_works(to);
}

UNIT_TEST(forth_and_back)
{
	struct line *line = line_running(), *to = peer_of(line), *at = line;

	for (int i = 0; i < 20; i++) {
		struct line *next = at == line ? to : line;

		line_interrupt(at);
		line_signalled(at);
		move(at, next);
		line_signalled(next);
		line_handled(next);
		line_works(next);
		/* who was left is reset before it is used again, by its VMM */
		ASSERT_EQ(vf_reset(at->vf), 0);
		ring_command(&at->ring, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
		ASSERT_EQ(intx_unmask(at->vf), 0);
		line_silent(at);
		at = next;
	}
}

/* A migration that fails after that leaves the guest as it was */
UNIT_TEST(the_source_goes_on)
{
	struct line *line = line_running(), *to = peer_of(line);
	int none;

	line_interrupt(line);
	line_signalled(line);
	leave(line, true);
	ASSERT_EQ(mig_set(line->vf, MIG_RUNNING, &none), 0);
	line_handled(line);
	line_works(line);
	line_silent(to);
}

static void msix(struct line *line)
{
	ASSERT_EQ(intx_off(line->vf), 0);
	ASSERT_EQ(vf_msix(line->vf, 2), 0);
}

/* A guest that uses MSI-X has no line; the destination's, enabled as yet, changes nothing */
UNIT_TEST(a_guests_own_vectors_stay)
{
	struct line *line = line_running(), *to = peer_of(line);

	msix(line);
	line_put(line, CONFIG_VECTOR, 2, 1);
	line_put(line, QUEUE_VECTOR, 2, 0);
	leave(line, true);
	EXPECT(!line_in(&stream));
	arrive(line, to);
	EXPECT(line_host_count(to->vf) < 0);
	msix(to);
	run(to->vf);
	EXPECT_EQ(vf_read(to->vf, BAR0, CONFIG_VECTOR, 2), 1);
	EXPECT_EQ(vf_read(to->vf, BAR0, QUEUE_VECTOR, 2), 0);
}

/* What this driver set for one that does not enable it, its VMM does not know */
UNIT_TEST(a_driver_without_bus_mastering)
{
	for (int with_msix = 0; with_msix < 2; with_msix++) {
		struct line *line = line_fresh(), *to;

		ring_command(&line->ring, PCI_COMMAND_IO | PCI_COMMAND_MEMORY);
		if (with_msix)
			msix(line);
		ring_set_up(&line->ring);
		ring_ready(&line->ring);
		to = peer_of(line);
		ring_command(&to->ring, PCI_COMMAND_IO | PCI_COMMAND_MEMORY);
		if (with_msix)
			line_interrupt(line);
		else
			line_works(line);
		leave(line, true);
		arrive(line, to);
		EXPECT(vf_read(to->vf, CONFIG, PCI_COMMAND, 2) & PCI_COMMAND_MASTER);
		if (with_msix)
			msix(to);
		run(to->vf);
		if (with_msix)
			line_interrupt(to);
		else
			line_works(to);
	}
}

UNIT_TEST(no_driver_and_no_bus_mastering)
{
	struct line *line = line_running(), *to = peer_of(line);

	line_put(line, DEVICE_STATUS, 1, ACKNOWLEDGE);
	ring_command(&to->ring, PCI_COMMAND_IO | PCI_COMMAND_MEMORY);
	move(line, to);
	EXPECT(!(vf_read(to->vf, CONFIG, PCI_COMMAND, 2) & PCI_COMMAND_MASTER));
}

/* The source's vectors behind its line are nothing that the guest may find */
UNIT_TEST(the_drivers_own_do_not)
{
	struct line *line = line_running(), *to = peer_of(line);

	ASSERT_EQ(intx_off(to->vf), 0);
	move(line, to);
	ASSERT_EQ(vf_msix(to->vf, 2), 0);
	EXPECT_EQ(vf_read(to->vf, BAR0, CONFIG_VECTOR, 2), NO_VECTOR);
	EXPECT_EQ(vf_read(to->vf, BAR0, QUEUE_VECTOR, 2), NO_VECTOR);
}

/* What an earlier driver of the destination had set up is not there any more */
UNIT_TEST(the_destinations_earlier_queues)
{
	struct line *line = line_running(), *to = peer_of(line);

	line_put(line, DEVICE_STATUS, 1, 0);
	ring_set_up(&to->ring);
	ring_ready(&to->ring);
	line_works(to);
	line_interrupt(to);
	line_signalled(to);
	move(line, to);
	EXPECT(!line_pending(to));
	EXPECT_EQ(line_isr(to), 0);
}

UNIT_TEST(records_that_are_refused)
{
	static const struct {
		unsigned int at, value;		/* this byte is another */
		int longer;			/* in bytes */
		int error;
	} rows[] = {
		{ 0, 2, 0, -EPROTONOSUPPORT },
		{ 5, 5, 0, -EPROTONOSUPPORT },
		{ 4, 4, 0, -EBADMSG },
		{ 0, 1, -4, -EBADMSG },
		{ 0, 1, -16, -EBADMSG },
		{ 0, 1, 16 * 8, -EBADMSG },
	};
	struct line *line = line_running(), *to = peer_of(line);
	struct mig_record *record;

	leave(line, false);
	record = line_in(&stream);
	ASSERT(record && record->length == sizeof(struct line_record) + sizeof(uint64_t));
	EXPECT_EQ(record->flags, 0);
	for (int i = 0; i < ARRAY_SIZE(rows); i++) {
		struct mig_stream bad = stream;
		struct outcome outcome;
		size_t rest;

		record = line_in(&bad);
		rest = bad.bytes + bad.len - (uint8_t *)(record + 1) - record->length;
		memmove((uint8_t *)(record + 1) + record->length + rows[i].longer,
			(uint8_t *)(record + 1) + record->length, rest);
		if (rows[i].longer > 0)
			memset((uint8_t *)(record + 1) + record->length, 0, rows[i].longer);
		record->length += rows[i].longer;
		bad.len += rows[i].longer;
		((uint8_t *)(record + 1))[rows[i].at] = rows[i].value;
		mig_seal(record);
		outcome = load(to->vf, &bad, bad.len, 0);
		if (outcome.error != rows[i].error || outcome.at_stop)
			unit_fail(__FILE__, __LINE__, 0, "row %d: %d", i, outcome.error);
		ASSERT_EQ(vf_reset(to->vf), 0);
	}
	/* not in the device's state: the destination may do without */
	line_put(line, DEVICE_STATUS, 1, 0);
	ASSERT_EQ(mig_set(line->vf, MIG_RUNNING, &(int){ 0 }), 0);
	ASSERT_EQ(intx_off(line->vf), 0);
	ring_set_up(&line->ring);
	leave(line, false);
	record = line_in(&stream);
	ASSERT(record);
	EXPECT_EQ(record->flags, RECORD_OPTIONAL);
}
