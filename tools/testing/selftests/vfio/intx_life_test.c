// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a VF's INTx line: when the vectors behind it come and go, what is left of
 * it after resets, in D3 and beside MSI-X, and that no interrupt is lost.
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "line.h"
#include "unit.h"
#include "vf.h"
#include "witness.h"

/* What is pending when the line goes is there when it comes back, and the driver may read it */
UNIT_TEST(off_and_on_again)
{
	struct line *line = line_running();

	line_interrupt(line);
	line_signalled(line);
	ASSERT_EQ(intx_off(line->vf), 0);
	line_silent(line);
	EXPECT(line_host_count(line->vf) < 0);
	ASSERT_EQ(intx_trigger(line->vf, line->fd), 0);
	line_signalled(line);
	line_handled(line);
	line_interrupt(line);
	line_signalled(line);
	ASSERT_EQ(intx_off(line->vf), 0);
	EXPECT_EQ(line_isr(line), LINE_QUEUE);
	EXPECT_EQ(line_isr(line), 0);
	/* nobody is there: the device's own status has it */
	line_interrupt(line);
	EXPECT_EQ(line_wait_isr(line), LINE_QUEUE);
	line_interrupt(line);
	ASSERT_EQ(intx_trigger(line->vf, line->fd), 0);
	line_signalled(line);
	line_handled(line);
	line_works(line);
	/* and nothing comes twice */
	ASSERT_EQ(intx_off(line->vf), 0);
	EXPECT_EQ(line_isr(line), 0);
	ASSERT_EQ(intx_trigger(line->vf, line->fd), 0);
	line_silent(line);
	EXPECT_EQ(line_isr(line), 0);
	line_works(line);
}

/* A queue before the line: the vectors are made when there is somebody to signal */
UNIT_TEST(vectors_are_made_when_they_are_needed)
{
	struct line *line = line_fresh();

	EXPECT(line_host_count(line->vf) < 0);
	line_put(line, DEVICE_STATUS, 1, ACKNOWLEDGE | DRIVER);
	EXPECT(line_host_count(line->vf) < 0);
	ring_set_up(&line->ring);
	EXPECT(line_host_count(line->vf) >= 0);
	ring_ready(&line->ring);
	line_works(line);

	ASSERT_EQ(vf_reset(line->vf), 0);
	ring_command(&line->ring, PCI_COMMAND_IO | PCI_COMMAND_MASTER);
	ASSERT_EQ(intx_off(line->vf), 0);
	EXPECT(line_host_count(line->vf) < 0);
	ring_set_up(&line->ring);
	ring_ready(&line->ring);
	EXPECT(line_host_count(line->vf) < 0);
	line_interrupt(line);
	ASSERT_EQ(intx_trigger(line->vf, line->fd), 0);
	line_signalled(line);
	line_handled(line);
	line_works(line);

	line = line_fresh();
	line_disable(line, true);
	ring_set_up(&line->ring);
	ring_ready(&line->ring);
	EXPECT(line_host_count(line->vf) < 0);
	line_interrupt(line);
	line_disable(line, false);
	line_signalled(line);
	line_handled(line);
	line_works(line);
}

/* The driver's own use of MSI-X changes nothing that the guest can read */
UNIT_TEST(guest_sees_msix_off)
{
	struct line *line = line_fresh();
	unsigned int at = vf_capability(line->vf, PCI_CAP_ID_MSIX, -1);
	unsigned char before[24], after[24];
	int64_t control;

	ASSERT(at);
	control = vf_read(line->vf, CONFIG, at + PCI_MSIX_FLAGS, 2);
	EXPECT(!(control & PCI_MSIX_FLAGS_ENABLE));
	ASSERT_EQ(vf_get(line->vf, BAR0, 20, before, sizeof(before)), sizeof(before));
	ring_set_up(&line->ring);
	ring_ready(&line->ring);
	ASSERT(line_host_count(line->vf) >= 0);
	ASSERT_EQ(vf_get(line->vf, BAR0, 20, after, sizeof(after)), sizeof(after));
	EXPECT(!memcmp(before, after, sizeof(before)));
	EXPECT_EQ(vf_read(line->vf, CONFIG, at + PCI_MSIX_FLAGS, 2), control);
	EXPECT_EQ(vf_read(line->vf, CONFIG, at + PCI_MSIX_FLAGS + 1, 1), control >> 8);
	EXPECT_EQ(vf_read(line->vf, CONFIG, at, 4) >> 16, control);
	EXPECT_EQ(vf_read(line->vf, BAR0, QUEUE_SELECT, 2), ring_queue(&line->ring));
	line_works(line);
}

static void msix_works_once(struct line *line, int fd)
{
	line_interrupt(line);
	EXPECT_EQ(event_wait(fd, SOON_MS), 1);
}

static void msix_works(struct line *line, int fd)
{
	msix_works_once(line, fd);
	line_silent(line);
}

UNIT_TEST(msix_and_back)
{
	struct line *line = line_running();
	unsigned int at = vf_capability(line->vf, PCI_CAP_ID_MSIX, -1);
	int fds[2] = { event_new(), event_new() };
	const uint32_t flags = VFIO_IRQ_SET_ACTION_TRIGGER | VFIO_IRQ_SET_DATA_EVENTFD;
	const uint32_t off = VFIO_IRQ_SET_ACTION_TRIGGER | VFIO_IRQ_SET_DATA_NONE;

	line_works(line);
	/* as with vfio-pci: one or the other */
	EXPECT_EQ(irqs(line->vf, MSIX, flags, 0, 2, fds, sizeof(fds)), -EINVAL);
	EXPECT_EQ(irqs(line->vf, MSIX, off, 0, 0, NULL, 0), -EINVAL);
	line_works(line);
	for (int round = 0; round < 3; round++) {
		ASSERT_EQ(intx_off(line->vf), 0);
		ASSERT_EQ(irqs(line->vf, MSIX, flags, 0, 2, fds, sizeof(fds)), 0);
		EXPECT_EQ(intx_trigger(line->vf, line->fd), -EINVAL);
		EXPECT_EQ(intx_unmask(line->vf), -EINVAL);
		EXPECT(vf_read(line->vf, CONFIG, at + PCI_MSIX_FLAGS, 2) & PCI_MSIX_FLAGS_ENABLE);
		/* the guest's vectors, not the driver's */
		EXPECT_EQ(vf_read(line->vf, BAR0, CONFIG_VECTOR, 2), NO_VECTOR);
		EXPECT_EQ(vf_read(line->vf, BAR0, QUEUE_VECTOR, 2), NO_VECTOR);
		line_put(line, CONFIG_VECTOR, 2, 0);
		line_put(line, QUEUE_VECTOR, 2, 1);
		msix_works(line, fds[1]);
		EXPECT(!line_pending(line));
		line_put(line, CONFIG_VECTOR, 2, NO_VECTOR);
		line_put(line, QUEUE_VECTOR, 2, NO_VECTOR);
		ASSERT_EQ(irqs(line->vf, MSIX, off, 0, 0, NULL, 0), 0);
		ASSERT_EQ(intx_trigger(line->vf, line->fd), 0);
		/* the device's status may have what came meanwhile, and then it is signalled */
		if (event_wait(line->fd, NEVER_MS))
			line_isr(line);
		ASSERT_EQ(intx_unmask(line->vf), 0);
		line_works(line);
	}
	close(fds[0]);
	close(fds[1]);
}

/* One that is reset while the line is asserted, and set up again */
static void after_reset(struct line *line)
{
	EXPECT(!line_pending(line));
	ring_command(&line->ring, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	EXPECT_EQ(line_isr(line), 0);
	EXPECT_EQ(intx_unmask(line->vf), 0);
	line_silent(line);
	ring_set_up(&line->ring);
	ring_ready(&line->ring);
	line_works(line);
	line_works(line);
}

UNIT_TEST(resets_deassert_the_line)
{
	struct line *line = line_running();
	unsigned int at = vf_capability(line->vf, PCI_CAP_ID_EXP, -1);
	int64_t control = vf_read(line->vf, CONFIG, at + PCI_EXP_DEVCTL, 2);

	line_interrupt(line);
	line_signalled(line);
	line_put(line, DEVICE_STATUS, 1, 0);
	after_reset(line);
	line_interrupt(line);
	line_signalled(line);
	ASSERT_EQ(vf_reset(line->vf), 0);
	after_reset(line);
	line_interrupt(line);
	line_signalled(line);
	ASSERT(at && control >= 0);
	control |= PCI_EXP_DEVCTL_BCR_FLR;
	ASSERT_EQ(vf_write(line->vf, CONFIG, at + PCI_EXP_DEVCTL, 2, control), 0);
	after_reset(line);
	/* the queue's address taken away, by which some devices reset themselves */
	line_put(line, QUEUE_ADDRESS, 4, 0);
	ring_set_up(&line->ring);
	ring_ready(&line->ring);
	line_works(line);
}

UNIT_TEST(closed_while_asserted)
{
	struct line *line = line_running();

	line_interrupt(line);
	line_signalled(line);
	line = line_fresh();
	EXPECT(line_host_count(line->vf) < 0);
	EXPECT(!line_pending(line));
	EXPECT_EQ(line_isr(line), 0);
	line_silent(line);
	ring_set_up(&line->ring);
	ring_ready(&line->ring);
	line_works(line);
}

UNIT_TEST(in_d3_and_back)
{
	struct line *line = line_running();
	unsigned int at = vf_capability(line->vf, PCI_CAP_ID_PM, -1);

	if (!at)
		unit_skip("the VF has no power management capability");
	line_interrupt(line);
	line_signalled(line);
	ASSERT_EQ(vf_write(line->vf, CONFIG, at + PCI_PM_CTRL, 2, 3), 0);
	EXPECT_EQ(line_isr(line), -EIO);
	EXPECT_EQ(intx_unmask(line->vf), 0);
	event_wait(line->fd, NEVER_MS);
	ASSERT_EQ(vf_write(line->vf, CONFIG, at + PCI_PM_CTRL, 2, 0), 0);
	/* a device may lose its state in D3: the driver begins anew */
	line_put(line, DEVICE_STATUS, 1, 0);
	after_reset(line);
	ASSERT_EQ(vf_write(line->vf, CONFIG, at + PCI_PM_CTRL, 2, 3), 0);
	EXPECT_EQ(intx_off(line->vf), 0);
	ASSERT_EQ(vf_write(line->vf, CONFIG, at + PCI_PM_CTRL, 2, 0), 0);
	ASSERT_EQ(intx_trigger(line->vf, line->fd), 0);
	line_put(line, DEVICE_STATUS, 1, 0);
	after_reset(line);
}

/* Linux before 2.6.34 does not do it */
UNIT_TEST(a_drivers_status_enables_bus_mastering)
{
	struct line *line = line_fresh();

	ring_command(&line->ring, PCI_COMMAND_IO | PCI_COMMAND_MEMORY);
	for (unsigned int status = 1; status < 16; status++) {
		if (status == (ACKNOWLEDGE | DRIVER))
			continue;
		line_put(line, DEVICE_STATUS, 1, status);
		EXPECT(!(vf_read(line->vf, CONFIG, PCI_COMMAND, 2) & PCI_COMMAND_MASTER));
	}
	line_put(line, DEVICE_STATUS, 1, 0);
	line_put(line, DEVICE_STATUS, 1, ACKNOWLEDGE | DRIVER);
	EXPECT(vf_read(line->vf, CONFIG, PCI_COMMAND, 2) & PCI_COMMAND_MASTER);
	EXPECT(vf_read(line->vf, CONFIG, PCI_COMMAND, 2) & PCI_COMMAND_IO);
	line_put(line, DEVICE_STATUS, 1, 0);
	ring_command(&line->ring, PCI_COMMAND_IO | PCI_COMMAND_MEMORY);
	ring_set_up(&line->ring);
	ring_ready(&line->ring);
	line_works(line);
	/* and what the guest takes away after that is its own affair */
	ring_command(&line->ring, PCI_COMMAND_IO | PCI_COMMAND_MEMORY);
	line_put(line, DEVICE_STATUS, 1, ACKNOWLEDGE | DRIVER | DRIVER_OK);
	EXPECT(!(vf_read(line->vf, CONFIG, PCI_COMMAND, 2) & PCI_COMMAND_MASTER));
}

/*
 * A guest with MSI-X: each command is one of its accesses, and its interrupts cost none. The VMM
 * has enabled the line before, as for each device that has a pin.
 */
UNIT_TEST(nothing_is_paid_with_msix)
{
	struct line *line = line_fresh();
	long before = witness_count();
	int fds[2] = { event_new(), event_new() };

	ASSERT_EQ(intx_off(line->vf), 0);
	ASSERT_EQ(irqs(line->vf, MSIX, VFIO_IRQ_SET_ACTION_TRIGGER | VFIO_IRQ_SET_DATA_EVENTFD,
		       0, 2, fds, sizeof(fds)), 0);
	EXPECT_EQ(witness_count() - before, 0);
	before = witness_count();
	line_put(line, CONFIG_VECTOR, 2, 0);
	ring_set_up(&line->ring);
	line_put(line, QUEUE_VECTOR, 2, 1);
	ring_ready(&line->ring);
	/* two status writes, features, select, size, address; two vectors; one status write */
	EXPECT_EQ(witness_count() - before, 9);
	EXPECT(line_host_count(line->vf) < 0);
	/* the first notification asks for its address */
	msix_works_once(line, fds[1]);
	before = witness_count();
	for (int i = 0; i < 100; i++)
		msix_works_once(line, fds[1]);
	EXPECT_EQ(witness_count() - before, 0);
	line_silent(line);
	close(fds[0]);
	close(fds[1]);
}

/*
 * As many interrupts as requests, each signalled once, and no command for any of them.
 * VFIO_INTX_COUNT is their number; VFIO_NOTIFY_COUNT prints the commands of the VF,
 * VFIO_INTERRUPT_COUNT the interrupts that its device has sent.
 */
UNIT_TEST(none_is_lost)
{
	const char *text = getenv("VFIO_INTX_COUNT");
	long number = text ? atol(text) : 5000, before, commands = 0, sent = 0;
	struct line *line = line_running();
	bool counted = getenv("VFIO_NOTIFY_COUNT") && getenv("VFIO_INTERRUPT_COUNT");
	uint64_t signals = 0;

	line_works(line);
	before = line_host_count(line->vf);
	if (counted) {
		commands = witness_count();
		sent = witness_interrupts();
	}
	for (long i = 0; i < number; i++) {
		uint64_t now;

		ring_offer(&line->ring);
		now = event_wait(line->fd, SOON_MS);
		signals += now;
		if (now != 1 || line_isr(line) != LINE_QUEUE ||
		    ring_completed(&line->ring, 0) != line->ring.offered)
			unit_fail(__FILE__, __LINE__, 1, "interrupt %ld: %llu signals, %u of %u", i,
				  (unsigned long long)now, ring_completed(&line->ring, 0),
				  line->ring.offered);
		ASSERT_EQ(intx_unmask(line->vf), 0);
	}
	line_silent(line);
	EXPECT_EQ(signals, number);
	EXPECT_EQ(line_host_count(line->vf) - before, number);
	if (counted) {
		EXPECT_EQ(witness_count(), commands);
		EXPECT_EQ(witness_interrupts() - sent, number);
	}
}
