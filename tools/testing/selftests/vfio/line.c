// SPDX-License-Identifier: GPL-2.0-only
/* How does a VMM use a VF's INTx line? */
#include <errno.h>
#include <linux/pci_regs.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "line.h"
#include "unit.h"

#define DATA_MAX	256

int irqs(struct vf *vf, unsigned int index, uint32_t flags, unsigned int start,
	 unsigned int count, const void *data, size_t len)
{
	struct {
		struct vfio_irq_set set;
		unsigned char data[DATA_MAX];
	} all = {
		.set = {
			.argsz = sizeof(all.set) + len,
			.flags = flags,
			.index = index,
			.start = start,
			.count = count,
		},
	};

	if (len > DATA_MAX)
		return -EINVAL;
	if (len)
		memcpy(all.data, data, len);
	return ioctl(vf->device, VFIO_DEVICE_SET_IRQS, &all) ? -errno : 0;
}

int intx_trigger(struct vf *vf, int fd)
{
	return irqs(vf, INTX, VFIO_IRQ_SET_ACTION_TRIGGER | VFIO_IRQ_SET_DATA_EVENTFD, 0, 1,
		    &fd, sizeof(fd));
}

int intx_off(struct vf *vf)
{
	return irqs(vf, INTX, VFIO_IRQ_SET_ACTION_TRIGGER | VFIO_IRQ_SET_DATA_NONE, 0, 0,
		    NULL, 0);
}

int intx_mask(struct vf *vf)
{
	return irqs(vf, INTX, VFIO_IRQ_SET_ACTION_MASK | VFIO_IRQ_SET_DATA_NONE, 0, 1, NULL, 0);
}

int intx_unmask(struct vf *vf)
{
	return irqs(vf, INTX, VFIO_IRQ_SET_ACTION_UNMASK | VFIO_IRQ_SET_DATA_NONE, 0, 1,
		    NULL, 0);
}

int intx_unmask_fd(struct vf *vf, int fd)
{
	return irqs(vf, INTX, VFIO_IRQ_SET_ACTION_UNMASK | VFIO_IRQ_SET_DATA_EVENTFD, 0, 1,
		    &fd, sizeof(fd));
}

int event_new(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	ASSERT(fd >= 0);
	return fd;
}

uint64_t event_wait(int fd, int ms)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	uint64_t count = 0;

	if (poll(&wait, 1, ms) != 1 || read(fd, &count, sizeof(count)) != sizeof(count))
		return 0;
	return count;
}

struct line *line_fresh(void)
{
	static struct line line = { .fd = -1 };

	if (line.fd >= 0)
		close(line.fd);
	line.vf = vf_fresh();
	line.fd = event_new();
	ring_init(&line.ring, line.vf);
	ASSERT_EQ(ring_map(&line.ring), 0);
	ring_command(&line.ring, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	ASSERT_EQ(intx_trigger(line.vf, line.fd), 0);
	return &line;
}

struct line *line_running(void)
{
	struct line *line = line_fresh();

	ring_set_up(&line->ring);
	ring_ready(&line->ring);
	return line;
}

void line_interrupt(struct line *line)
{
	ring_offer(&line->ring);
	ASSERT_EQ(ring_completed(&line->ring, RING_WAIT_US), line->ring.offered);
}

int line_isr(struct line *line)
{
	return vf_read(line->vf, BAR0, ISR_STATUS, 1);
}

bool line_pending(struct line *line)
{
	return vf_read(line->vf, CONFIG, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT;
}

void line_wait_pending(struct line *line)
{
	for (int ms = 0; ms < SOON_MS && !line_pending(line); ms++)
		usleep(1000);
	EXPECT(line_pending(line));
}

int line_wait_isr(struct line *line)
{
	int status = line_isr(line);

	for (int ms = 0; ms < SOON_MS && !status; ms++) {
		usleep(1000);
		status = line_isr(line);
	}
	return status;
}

void line_disable(struct line *line, bool disabled)
{
	int64_t command = vf_read(line->vf, CONFIG, PCI_COMMAND, 2);

	ASSERT(command >= 0);
	command &= ~PCI_COMMAND_INTX_DISABLE;
	command |= disabled ? PCI_COMMAND_INTX_DISABLE : 0;
	ASSERT_EQ(vf_write(line->vf, CONFIG, PCI_COMMAND, 2, command), 0);
}

void line_put(struct line *line, unsigned int offset, size_t len, uint64_t value)
{
	ASSERT_EQ(vf_write(line->vf, BAR0, offset, len, value), 0);
}

void line_signalled(struct line *line)
{
	EXPECT_EQ(event_wait(line->fd, SOON_MS), 1);
}

void line_silent(struct line *line)
{
	EXPECT_EQ(event_wait(line->fd, NEVER_MS), 0);
}

void line_handled(struct line *line)
{
	EXPECT_EQ(line_isr(line), LINE_QUEUE);
	EXPECT_EQ(intx_unmask(line->vf), 0);
	line_silent(line);
}

void line_works(struct line *line)
{
	line_interrupt(line);
	line_signalled(line);
	line_handled(line);
}

/* A line of /proc/interrupts: a number, a count for each processor, names */
static long sum_of(const char *line)
{
	const char *at = strchr(line, ':');
	long sum = 0, count;
	char *end;

	while (at) {
		count = strtol(at + 1, &end, 10);
		if (end == at + 1 || *end != ' ')
			break;
		sum += count;
		at = end - 1;
	}
	return sum;
}

long line_host_count(struct vf *vf)
{
	FILE *file = fopen("/proc/interrupts", "r");
	char line[1024], name[32];
	long sum = -1;

	ASSERT(file);
	snprintf(name, sizeof(name), "(%s)", vf->address);
	while (fgets(line, sizeof(line), file))
		if (strstr(line, "virtio-intx-") && strstr(line, name))
			sum = (sum < 0 ? 0 : sum) + sum_of(line);
	fclose(file);
	return sum;
}
