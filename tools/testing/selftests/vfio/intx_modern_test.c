// SPDX-License-Identifier: GPL-2.0-only
/*
 * The INTx line of a modern driver: its registers are trapped, so the vectors behind the
 * line are programmed in them. What it sees of that, and what is left after resets, beside
 * MSI-X and a legacy driver.
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "modern_line.h"
#include "unit.h"
#include "witness.h"

static struct guest *running(void)
{
	struct guest *guest = guest_fresh();

	guest_start(guest);
	return guest;
}

/* --- the line --- */

UNIT_TEST(a_modern_driver_is_interrupted)
{
	struct guest *guest = running();

	EXPECT(guest_behind(guest) >= 0);
	EXPECT(!line_pending(&guest->line));
	for (int i = 0; i < 20; i++)
		guest_works(guest);
	guest_interrupt(guest);
	line_signalled(&guest->line);
	EXPECT(line_pending(&guest->line));
	/* it is one status, by either register */
	EXPECT_EQ(line_isr(&guest->line), LINE_QUEUE);
	EXPECT_EQ(guest_isr(guest), 0);
	EXPECT(!line_pending(&guest->line));
}

UNIT_TEST(status_read_by_any_width)
{
	struct guest *guest = running();
	struct modern_place *place = &guest->modern.isr;

	for (size_t len = 1; len <= 4 && len <= place->len; len *= 2) {
		guest_interrupt(guest);
		line_signalled(&guest->line);
		EXPECT_EQ(vf_read(guest->line.vf, place->bar, place->offset, len), LINE_QUEUE);
		EXPECT_EQ(intx_unmask(guest->line.vf), 0);
		line_silent(&guest->line);
	}
}

UNIT_TEST(vectors_are_made_when_they_are_needed)
{
	struct guest *guest = guest_fresh();

	EXPECT(guest_behind(guest) < 0);
	ASSERT_EQ(intx_off(guest->line.vf), 0);
	guest_start(guest);
	EXPECT(guest_behind(guest) < 0);
	guest_interrupt(guest);
	/* nobody is there: the device's own status has it */
	ASSERT_EQ(intx_trigger(guest->line.vf, guest->line.fd), 0);
	EXPECT(guest_behind(guest) >= 0);
	line_signalled(&guest->line);
	guest_handled(guest);
	guest_works(guest);

	guest = guest_fresh();
	line_disable(&guest->line, true);
	guest_start(guest);
	EXPECT(guest_behind(guest) < 0);
	guest_interrupt(guest);
	line_disable(&guest->line, false);
	line_signalled(&guest->line);
	guest_handled(guest);
	guest_works(guest);
}

UNIT_TEST(off_and_on_again)
{
	struct guest *guest = running();

	guest_interrupt(guest);
	line_signalled(&guest->line);
	ASSERT_EQ(intx_off(guest->line.vf), 0);
	EXPECT(guest_behind(guest) < 0);
	EXPECT_EQ(guest_isr(guest), LINE_QUEUE);
	EXPECT_EQ(guest_isr(guest), 0);
	ASSERT_EQ(intx_trigger(guest->line.vf, guest->line.fd), 0);
	line_silent(&guest->line);
	guest_works(guest);
}

/* --- what the driver sees --- */

UNIT_TEST(its_registers_are_as_it_left_them)
{
	struct guest *guest = running();
	unsigned int at = vf_capability(guest->line.vf, PCI_CAP_ID_MSIX, -1);
	uint16_t queues = modern_get(&guest->modern, M_NUM_QUEUES, 2);

	ASSERT(at && queues);
	EXPECT(!(vf_read(guest->line.vf, CONFIG, at + PCI_MSIX_FLAGS, 2) & PCI_MSIX_FLAGS_ENABLE));
	for (uint16_t queue = 0; queue < queues; queue++) {
		modern_put(&guest->modern, M_QUEUE_SELECT, 2, queue);
		for (int again = 0; again < 2; again++) {
			ASSERT_EQ(intx_off(guest->line.vf), 0);
			ASSERT_EQ(intx_trigger(guest->line.vf, guest->line.fd), 0);
			EXPECT_EQ(modern_get(&guest->modern, M_QUEUE_SELECT, 2), queue);
			EXPECT_EQ(modern_get(&guest->modern, M_QUEUE_VECTOR, 2), NO_VECTOR);
			EXPECT_EQ(modern_get(&guest->modern, M_CONFIG_VECTOR, 2), NO_VECTOR);
		}
	}
	/* vectors that it writes without MSI-X are not taken, at any width */
	modern_put(&guest->modern, M_QUEUE_SELECT, 2, modern_queue(&guest->modern));
	modern_put(&guest->modern, M_QUEUE_VECTOR, 2, 0);
	modern_put(&guest->modern, M_CONFIG_VECTOR, 2, 0);
	modern_put(&guest->modern, M_CONFIG_VECTOR, 4, 0);
	modern_put(&guest->modern, M_QUEUE_VECTOR + 1, 1, 0);
	EXPECT_EQ(modern_get(&guest->modern, M_QUEUE_VECTOR, 2), NO_VECTOR);
	EXPECT_EQ(modern_get(&guest->modern, M_CONFIG_VECTOR, 4) & 0xffff, NO_VECTOR);
	EXPECT_EQ(modern_get(&guest->modern, M_QUEUE_SIZE, 4) >> 16, NO_VECTOR);
	EXPECT_EQ(modern_get(&guest->modern, M_STATUS, 1), READY);
	guest_works(guest);
}

/* An access of any length is what its parts are */
UNIT_TEST(long_accesses)
{
	struct guest *guest = running();
	struct modern_place *common = &guest->modern.common;
	struct vf *vf = guest->line.vf;
	unsigned char all[256], byte;
	uint64_t size = vf->size[common->bar], from = common->offset;

	ASSERT(common->len <= sizeof(all));
	if (from >= 8)
		from -= 8;
	ASSERT_EQ(vf_get(vf, common->bar, from, all, sizeof(all)), sizeof(all));
	for (unsigned int i = 0; i < sizeof(all); i++) {
		/* byte by byte the card has other values for wide registers */
		if (from + i != common->offset + M_STATUS)
			continue;
		ASSERT_EQ(vf_get(vf, common->bar, from + i, &byte, 1), 1);
		EXPECT_EQ(all[i], byte);
		EXPECT_EQ(all[i], READY);
	}
	EXPECT_EQ(all[common->offset - from + M_CONFIG_VECTOR], 0xff);
	EXPECT_EQ(all[common->offset - from + M_QUEUE_VECTOR + 1], 0xff);
	EXPECT_EQ(vf_get(vf, common->bar, size - 8, all, 16), 8);
	EXPECT_EQ(vf_get(vf, common->bar, size, all, 4), -EINVAL);
	EXPECT_EQ(vf_get(vf, common->bar, common->offset, all, 0), 0);
	guest_works(guest);
}

/* --- resets --- */

static void after_reset(struct guest *guest)
{
	EXPECT_EQ(modern_get(&guest->modern, M_STATUS, 1), 0);
	EXPECT_EQ(guest_isr(guest), 0);
	EXPECT(!line_pending(&guest->line));
	/* the user's mask stays */
	EXPECT_EQ(intx_unmask(guest->line.vf), 0);
	line_silent(&guest->line);
	guest_start(guest);
	guest_works(guest);
}

UNIT_TEST(resets_while_asserted)
{
	struct guest *guest = running();

	guest_interrupt(guest);
	line_signalled(&guest->line);
	modern_put(&guest->modern, M_STATUS, 1, 0);
	after_reset(guest);
	guest_interrupt(guest);
	line_signalled(&guest->line);
	ASSERT_EQ(vf_reset(guest->line.vf), 0);
	guest_command(guest);
	after_reset(guest);
	/* opened anew */
	guest_interrupt(guest);
	guest = guest_fresh();
	EXPECT(guest_behind(guest) < 0);
	EXPECT_EQ(guest_isr(guest), 0);
	guest_start(guest);
	guest_works(guest);
}

UNIT_TEST(in_d3_and_back)
{
	struct guest *guest = running();
	struct vf *vf = guest->line.vf;
	unsigned int at = vf_capability(vf, PCI_CAP_ID_PM, -1);

	if (!at)
		unit_skip("the VF has no power management capability");
	guest_interrupt(guest);
	line_signalled(&guest->line);
	ASSERT_EQ(vf_write(vf, CONFIG, at + PCI_PM_CTRL, 2, 3), 0);
	EXPECT_EQ(guest_isr(guest), -EIO);
	EXPECT_EQ(modern_get(&guest->modern, M_STATUS, 1), -EIO);
	EXPECT_EQ(vf_write(vf, guest->modern.common.bar, guest->modern.common.offset + M_STATUS,
			   1, 0), -EIO);
	EXPECT_EQ(intx_off(vf), 0);
	ASSERT_EQ(vf_write(vf, CONFIG, at + PCI_PM_CTRL, 2, 0), 0);
	ASSERT_EQ(intx_trigger(vf, guest->line.fd), 0);
	/* the status that was not read */
	line_signalled(&guest->line);
	/* a device may lose its state in D3: the driver begins anew */
	modern_put(&guest->modern, M_STATUS, 1, 0);
	guest_command(guest);
	after_reset(guest);
}

/* --- beside MSI-X, and a legacy driver --- */

UNIT_TEST(msix_and_back)
{
	struct guest *guest = running();
	int fds[2] = { event_new(), event_new() };

	guest_works(guest);
	ASSERT_EQ(intx_off(guest->line.vf), 0);
	/* a device that has nothing of the line's */
	EXPECT_EQ(modern_get(&guest->modern, M_CONFIG_VECTOR, 2), NO_VECTOR);
	EXPECT_EQ(modern_get(&guest->modern, M_QUEUE_VECTOR, 2), NO_VECTOR);
	ASSERT_EQ(irqs(guest->line.vf, MSIX, VFIO_IRQ_SET_ACTION_TRIGGER |
		       VFIO_IRQ_SET_DATA_EVENTFD, 0, 2, fds, sizeof(fds)), 0);
	modern_put(&guest->modern, M_CONFIG_VECTOR, 2, 0);
	modern_put(&guest->modern, M_QUEUE_VECTOR, 2, 1);
	EXPECT_EQ(modern_get(&guest->modern, M_CONFIG_VECTOR, 2), 0);
	EXPECT_EQ(modern_get(&guest->modern, M_QUEUE_VECTOR, 2), 1);
	EXPECT(guest_behind(guest) < 0);
	for (int i = 0; i < 10; i++) {
		guest_interrupt(guest);
		EXPECT_EQ(event_wait(fds[1], SOON_MS), 1);
	}
	line_silent(&guest->line);
	/* a driver anew, without MSI-X */
	modern_put(&guest->modern, M_STATUS, 1, 0);
	ASSERT_EQ(vf_msix(guest->line.vf, 0), 0);
	ASSERT_EQ(intx_trigger(guest->line.vf, guest->line.fd), 0);
	guest_start(guest);
	guest_works(guest);
	EXPECT_EQ(event_wait(fds[1], NEVER_MS), 0);
	close(fds[0]);
	close(fds[1]);
}

/* As firmware and the system that it starts may be */
UNIT_TEST(a_legacy_driver_before_and_after)
{
	struct guest *guest = running();
	struct line *line = &guest->line;

	for (int i = 0; i < 2; i++) {
		guest_works(guest);
		ASSERT_EQ(vf_unmap(line->vf, MODERN_IOVA, MODERN_LENGTH), 0);
		line_put(line, DEVICE_STATUS, 1, 0);
		ring_init(&line->ring, line->vf);
		ASSERT_EQ(ring_map(&line->ring), 0);
		ring_start(&line->ring);
		line_works(line);
		line_works(line);
		ASSERT_EQ(ring_unmap(&line->ring), 0);
		modern_init(&guest->modern, line->vf);
		guest_start(guest);
	}
	guest_works(guest);
}

/* --- costs and losses --- */

UNIT_TEST(none_is_lost)
{
	struct guest *guest = running();
	long before, commands = 0, sent = 0, number = 2000;
	bool counted = getenv("VFIO_NOTIFY_COUNT") && getenv("VFIO_INTERRUPT_COUNT");

	guest_works(guest);
	before = guest_behind(guest);
	if (counted) {
		commands = witness_count();
		sent = witness_interrupts();
	}
	for (long i = 0; i < number; i++) {
		uint64_t now;

		guest_offer(guest);
		now = event_wait(guest->line.fd, SOON_MS);
		if (now != 1 || guest_isr(guest) != LINE_QUEUE ||
		    !modern_completes(&guest->modern, 50))
			unit_fail(__FILE__, __LINE__, 1, "interrupt %ld: %llu signals", i,
				  (unsigned long long)now);
		ASSERT_EQ(intx_unmask(guest->line.vf), 0);
	}
	line_silent(&guest->line);
	EXPECT_EQ(guest_behind(guest) - before, number);
	if (counted) {
		EXPECT_EQ(witness_count(), commands);
		EXPECT_EQ(witness_interrupts() - sent, number);
	}
}

static atomic_bool over;

/* The VMM turns the line on and off: queues are selected behind the driver's back */
static void *toggle(void *argument)
{
	struct guest *guest = argument;

	while (!over) {
		intx_off(guest->line.vf);
		intx_trigger(guest->line.vf, guest->line.fd);
	}
	return NULL;
}

UNIT_TEST(what_it_has_selected_is_never_another)
{
	struct guest *guest = running();
	uint16_t queues = modern_get(&guest->modern, M_NUM_QUEUES, 2);
	pthread_t thread;

	over = false;
	ASSERT_EQ(pthread_create(&thread, NULL, toggle, guest), 0);
	for (int i = 0; i < 3000; i++) {
		uint16_t queue = i % queues;

		modern_put(&guest->modern, M_QUEUE_SELECT, 2, queue);
		EXPECT_EQ(modern_get(&guest->modern, M_QUEUE_VECTOR, 2), NO_VECTOR);
		EXPECT_EQ(modern_get(&guest->modern, M_QUEUE_ENABLE, 2),
			  queue == modern_queue(&guest->modern));
		EXPECT_EQ(modern_get(&guest->modern, M_QUEUE_SELECT, 2), queue);
	}
	over = true;
	ASSERT_EQ(pthread_join(thread, NULL), 0);
	event_wait(guest->line.fd, NEVER_MS);
	guest_isr(guest);
	ASSERT_EQ(intx_unmask(guest->line.vf), 0);
	event_wait(guest->line.fd, NEVER_MS);
	guest_works(guest);
}
