// SPDX-License-Identifier: GPL-2.0-only
/*
 * INTx of a VF, as a VMM uses it for a guest whose legacy driver does not use MSI-X: what
 * vfio says of it, and each transition of the line.
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "line.h"
#include "unit.h"
#include "vf.h"

#define TRIGGER	VFIO_IRQ_SET_ACTION_TRIGGER
#define MASK	VFIO_IRQ_SET_ACTION_MASK
#define UNMASK	VFIO_IRQ_SET_ACTION_UNMASK
#define EVENTFD	VFIO_IRQ_SET_DATA_EVENTFD
#define BOOL	VFIO_IRQ_SET_DATA_BOOL
#define NONE	VFIO_IRQ_SET_DATA_NONE

UNIT_TEST(irq_info)
{
	struct vf *vf = vf_fresh();
	struct vfio_irq_info info = { .argsz = sizeof(info), .index = INTX };

	ASSERT_EQ(ioctl(vf->device, VFIO_DEVICE_GET_IRQ_INFO, &info), 0);
	EXPECT_EQ(info.count, 1);
	EXPECT_EQ(info.flags, VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_MASKABLE |
		  VFIO_IRQ_INFO_AUTOMASKED);
	info.argsz = sizeof(info) - 1;
	EXPECT(ioctl(vf->device, VFIO_DEVICE_GET_IRQ_INFO, &info) == -1 && errno == EINVAL);
	info.argsz = sizeof(info);
	info.index = MSIX;
	ASSERT_EQ(ioctl(vf->device, VFIO_DEVICE_GET_IRQ_INFO, &info), 0);
	EXPECT(info.count >= 2);
	info.index = VFIO_PCI_NUM_IRQS;
	EXPECT(ioctl(vf->device, VFIO_DEVICE_GET_IRQ_INFO, &info) == -1 && errno == EINVAL);
}

UNIT_TEST(configuration_space)
{
	struct line *line = line_fresh();
	struct vf *vf = line->vf;

	EXPECT_EQ(vf_read(vf, CONFIG, PCI_INTERRUPT_PIN, 1), 1);
	ASSERT_EQ(vf_write(vf, CONFIG, PCI_INTERRUPT_PIN, 1, 4), 0);
	EXPECT_EQ(vf_read(vf, CONFIG, PCI_INTERRUPT_PIN, 1), 1);
	for (int number = 0; number < 256; number += 51) {
		ASSERT_EQ(vf_write(vf, CONFIG, PCI_INTERRUPT_LINE, 1, number), 0);
		EXPECT_EQ(vf_read(vf, CONFIG, PCI_INTERRUPT_LINE, 2), 0x100 | number);
	}
	line_disable(line, true);
	EXPECT(vf_read(vf, CONFIG, PCI_COMMAND, 2) & PCI_COMMAND_INTX_DISABLE);
	EXPECT(vf_read(vf, CONFIG, PCI_COMMAND, 2) & PCI_COMMAND_IO);
	line_disable(line, false);
	EXPECT(!(vf_read(vf, CONFIG, PCI_COMMAND, 2) & PCI_COMMAND_INTX_DISABLE));
	line_disable(line, true);
	ASSERT_EQ(vf_reset(vf), 0);
	EXPECT(!(vf_read(vf, CONFIG, PCI_COMMAND, 2) & PCI_COMMAND_INTX_DISABLE));
	EXPECT(!line_pending(line));
}

/* What vfio-pci says for a device that has INTx, first without it being enabled */
UNIT_TEST(errors)
{
	static const struct {
		uint32_t flags;
		unsigned int start, count, len;
		int off, on;		/* results while INTx is off, and while it is on */
	} rows[] = {
		{ MASK | NONE, 0, 1, 0, -EINVAL, 0 },
		{ MASK | BOOL, 0, 1, 1, -EINVAL, 0 },
		{ MASK | NONE, 0, 0, 0, -EINVAL, -EINVAL },
		{ MASK | NONE, 1, 1, 0, -EINVAL, -EINVAL },
		{ MASK | EVENTFD, 0, 1, 4, -EINVAL, -ENOTTY },
		{ UNMASK | NONE, 0, 1, 0, -EINVAL, 0 },
		{ UNMASK | BOOL, 0, 1, 1, -EINVAL, 0 },
		{ UNMASK | NONE, 0, 0, 0, -EINVAL, -EINVAL },
		{ UNMASK | BOOL, 0, 1, 0, -EINVAL, -EINVAL },
		{ TRIGGER | NONE, 0, 1, 0, -EINVAL, 0 },
		{ TRIGGER | BOOL, 0, 1, 1, -EINVAL, 0 },
		{ TRIGGER | BOOL, 0, 0, 0, -EINVAL, -EINVAL },
		{ TRIGGER | EVENTFD, 0, 0, 0, -EINVAL, -EINVAL },
		{ TRIGGER | EVENTFD, 0, 2, 8, -EINVAL, -EINVAL },
		{ TRIGGER | EVENTFD, 1, 1, 4, -EINVAL, -EINVAL },
		{ TRIGGER | EVENTFD, 0, 1, 3, -EINVAL, -EINVAL },
		{ TRIGGER | NONE | BOOL, 0, 1, 4, -EINVAL, -EINVAL },
		{ NONE, 0, 1, 0, -ENOTTY, -ENOTTY },
		{ TRIGGER | MASK | NONE, 0, 1, 0, -ENOTTY, -ENOTTY },
		{ TRIGGER, 0, 1, 0, -EINVAL, -EINVAL },
		{ TRIGGER | NONE | 1 << 10, 0, 1, 0, -EINVAL, -EINVAL },
	};
	struct line *line = line_fresh();
	const int32_t data = 0;

	for (int on = 1; on >= 0; on--) {
		for (int i = 0; i < ARRAY_SIZE(rows); i++) {
			int ret = irqs(line->vf, INTX, rows[i].flags, rows[i].start,
				       rows[i].count, &data, rows[i].len);

			if (ret != (on ? rows[i].on : rows[i].off))
				unit_fail(__FILE__, __LINE__, 0, "row %d, %s: %d", i,
					  on ? "on" : "off", ret);
		}
		EXPECT_EQ(intx_off(line->vf), on ? 0 : -EINVAL);
	}
	EXPECT_EQ(intx_trigger(line->vf, 9999), -EBADF);
	EXPECT_EQ(intx_trigger(line->vf, line->vf->device), -EINVAL);
	EXPECT_EQ(ioctl(line->vf->device, VFIO_DEVICE_SET_IRQS, NULL), -1);
	EXPECT_EQ(errno, EFAULT);
	ASSERT_EQ(intx_trigger(line->vf, line->fd), 0);
	EXPECT_EQ(intx_unmask_fd(line->vf, 9999), -EBADF);
	EXPECT_EQ(intx_unmask_fd(line->vf, line->vf->device), -EINVAL);
	EXPECT_EQ(intx_unmask_fd(line->vf, -1), 0);
}

UNIT_TEST(interrupt_status_signal)
{
	struct line *line = line_running();

	line_silent(line);
	EXPECT_EQ(line_isr(line), 0);
	EXPECT(!line_pending(line));
	line_interrupt(line);
	line_signalled(line);
	EXPECT(line_pending(line));
	EXPECT_EQ(line_isr(line), LINE_QUEUE);
	EXPECT(!line_pending(line));
	EXPECT_EQ(line_isr(line), 0);
	ASSERT_EQ(intx_unmask(line->vf), 0);
	line_silent(line);
	line_works(line);
}

UNIT_TEST(a_signal_masks_until_unmasked)
{
	struct line *line = line_running();

	line_interrupt(line);
	line_signalled(line);
	EXPECT_EQ(line_isr(line), LINE_QUEUE);
	line_interrupt(line);
	line_silent(line);
	line_wait_pending(line);
	ASSERT_EQ(intx_unmask(line->vf), 0);
	line_signalled(line);
	line_handled(line);
}

UNIT_TEST(unmask_signals_again_until_the_status_is_read)
{
	struct line *line = line_running();

	line_interrupt(line);
	for (int i = 0; i < 5; i++) {
		line_signalled(line);
		ASSERT_EQ(intx_unmask(line->vf), 0);
	}
	line_signalled(line);
	line_handled(line);
}

UNIT_TEST(mask_and_unmask)
{
	struct line *line = line_running();
	const uint8_t no = 0, yes = 1;

	ASSERT_EQ(intx_mask(line->vf), 0);
	line_interrupt(line);
	line_silent(line);
	line_wait_pending(line);
	ASSERT_EQ(irqs(line->vf, INTX, UNMASK | BOOL, 0, 1, &no, 1), 0);
	line_silent(line);
	ASSERT_EQ(irqs(line->vf, INTX, UNMASK | BOOL, 0, 1, &yes, 1), 0);
	line_signalled(line);
	line_handled(line);
	ASSERT_EQ(irqs(line->vf, INTX, MASK | BOOL, 0, 1, &no, 1), 0);
	line_works(line);
	ASSERT_EQ(irqs(line->vf, INTX, MASK | BOOL, 0, 1, &yes, 1), 0);
	line_interrupt(line);
	line_silent(line);
	/* read while masked: the line is deasserted */
	EXPECT_EQ(line_wait_isr(line), LINE_QUEUE);
	ASSERT_EQ(intx_unmask(line->vf), 0);
	line_silent(line);
	line_works(line);
}

UNIT_TEST(unmask_by_eventfd)
{
	struct line *line = line_running();
	int unmask = event_new();
	const uint64_t one = 1;

	ASSERT_EQ(intx_unmask_fd(line->vf, unmask), 0);
	EXPECT_EQ(intx_unmask_fd(line->vf, unmask), -EBUSY);
	line_interrupt(line);
	for (int i = 0; i < 5; i++) {
		line_signalled(line);
		ASSERT_EQ(write(unmask, &one, sizeof(one)), sizeof(one));
	}
	line_signalled(line);
	EXPECT_EQ(line_isr(line), LINE_QUEUE);
	ASSERT_EQ(write(unmask, &one, sizeof(one)), sizeof(one));
	line_silent(line);
	line_works(line);
	ASSERT_EQ(intx_unmask_fd(line->vf, -1), 0);
	line_interrupt(line);
	line_signalled(line);
	ASSERT_EQ(write(unmask, &one, sizeof(one)), sizeof(one));
	line_silent(line);
	close(unmask);
	ASSERT_EQ(intx_unmask(line->vf), 0);
	line_signalled(line);
}

/* It signals itself as long as the line is asserted, and blocks nobody */
UNIT_TEST(unmask_by_the_eventfd_that_is_signalled)
{
	struct line *line = line_running();

	ASSERT_EQ(intx_unmask_fd(line->vf, line->fd), 0);
	line_interrupt(line);
	line_wait_pending(line);
	/* whoever unmasks takes the signals, so that none is left to read */
	usleep(1000 * NEVER_MS);
	EXPECT(line_pending(line));
	EXPECT_EQ(line_isr(line), LINE_QUEUE);
	usleep(1000 * NEVER_MS);
	EXPECT(!line_pending(line));
	line_silent(line);
	EXPECT_EQ(intx_off(line->vf), 0);
}

UNIT_TEST(disable_bit)
{
	struct line *line = line_running();

	line_disable(line, true);
	line_interrupt(line);
	line_silent(line);
	line_wait_pending(line);
	EXPECT_EQ(intx_unmask(line->vf), 0);
	line_silent(line);
	line_disable(line, false);
	line_signalled(line);
	line_handled(line);
	line_disable(line, true);
	line_interrupt(line);
	line_wait_pending(line);
	EXPECT_EQ(line_isr(line), LINE_QUEUE);
	line_disable(line, false);
	line_silent(line);
	line_works(line);
}

UNIT_TEST(loopback)
{
	struct line *line = line_fresh();
	const uint8_t no = 0, yes = 1;

	ASSERT_EQ(irqs(line->vf, INTX, TRIGGER | NONE, 0, 1, NULL, 0), 0);
	line_signalled(line);
	ASSERT_EQ(irqs(line->vf, INTX, TRIGGER | BOOL, 0, 1, &yes, 1), 0);
	line_signalled(line);
	ASSERT_EQ(irqs(line->vf, INTX, TRIGGER | BOOL, 0, 1, &no, 1), 0);
	line_silent(line);
	EXPECT_EQ(line_isr(line), 0);
	EXPECT(!line_pending(line));
	line_disable(line, true);
	ASSERT_EQ(irqs(line->vf, INTX, TRIGGER | NONE, 0, 1, NULL, 0), 0);
	line_silent(line);
}

UNIT_TEST(another_eventfd_and_none)
{
	struct line *line = line_running();
	int first = line->fd, second = event_new();

	ASSERT_EQ(intx_trigger(line->vf, second), 0);
	line->fd = second;
	line_works(line);
	EXPECT_EQ(event_wait(first, NEVER_MS), 0);
	close(first);
	ASSERT_EQ(intx_trigger(line->vf, -1), 0);
	line_interrupt(line);
	line_silent(line);
	ASSERT_EQ(intx_trigger(line->vf, second), 0);
	line_signalled(line);
	line_handled(line);
	line_works(line);
}
