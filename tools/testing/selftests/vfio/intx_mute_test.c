// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device that does not answer its owner's commands, or is reset with its owner, while
 * its INTx line is in use. VFIO_MUTE and VFIO_ANSWER are commands that have the card do
 * that and end it, VFIO_TIMEOUT_MS is how long the owner waits, VFIO_OWNER_RESET is a
 * command that resets the owner.
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "line.h"
#include "unit.h"
#include "vf.h"

static void run(const char *name)
{
	const char *command = getenv(name);

	if (!command)
		unit_skip("set VFIO_MUTE, VFIO_ANSWER, VFIO_TIMEOUT_MS and VFIO_OWNER_RESET");
	ASSERT_EQ(system(command), 0);
}

static long timeout_ms(void)
{
	return atol(getenv("VFIO_TIMEOUT_MS"));
}

static long long now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

static void within(long long start, long limit)
{
	long took = now_ms() - start;

	if (took > limit)
		unit_fail(__FILE__, __LINE__, 0, "took %ld ms, more than %ld", took, limit);
}

/* Commands that were not answered are executed late; then a driver begins anew */
static void works_again(struct line *line)
{
	run("VFIO_ANSWER");
	for (int i = 0; i < 50 && vf_read(line->vf, BAR0, DEVICE_STATUS, 1) < 0; i++)
		usleep(100000);
	ASSERT_EQ(vf_reset(line->vf), 0);
	intx_off(line->vf);
	event_wait(line->fd, NEVER_MS);
	ASSERT_EQ(intx_trigger(line->vf, line->fd), 0);
	ring_start(&line->ring);
	for (int i = 0; i < 10; i++) {
		line_interrupt(line);
		EXPECT_EQ(event_wait(line->fd, SOON_MS), 1);
		EXPECT_EQ(line_isr(line), 1);
		ASSERT_EQ(intx_unmask(line->vf), 0);
	}
}

UNIT_TEST(while_the_line_is_enabled)
{
	struct line *line = line_running();
	long long start;

	ASSERT_EQ(intx_off(line->vf), 0);
	run("VFIO_MUTE");
	start = now_ms();
	EXPECT_EQ(intx_trigger(line->vf, line->fd), 0);
	within(start, 2 * timeout_ms());
	works_again(line);
}

UNIT_TEST(while_the_line_is_turned_off)
{
	struct line *line = line_running();
	long long start;

	run("VFIO_MUTE");
	start = now_ms();
	EXPECT_EQ(intx_off(line->vf), 0);
	within(start, 2 * timeout_ms());
	EXPECT(line_host_count(line->vf) < 0);
	works_again(line);
}

UNIT_TEST(while_a_queue_is_set_up)
{
	struct line *line = line_fresh();
	long long start;

	run("VFIO_MUTE");
	start = now_ms();
	EXPECT_EQ(vf_write(line->vf, BAR0, QUEUE_ADDRESS, 4, 0x100), -ETIMEDOUT);
	within(start, 2 * timeout_ms());
	works_again(line);
}

UNIT_TEST(while_the_disable_bit_is_cleared)
{
	struct line *line = line_fresh();
	long long start;

	line_disable(line, true);
	ring_set_up(&line->ring);
	run("VFIO_MUTE");
	start = now_ms();
	line_disable(line, false);
	within(start, 2 * timeout_ms());
	works_again(line);
}

/* Reading the status needs no command, and neither do masks: an interrupt is handled */
UNIT_TEST(while_an_interrupt_is_handled)
{
	struct line *line = line_running();
	long long start;

	line_interrupt(line);
	EXPECT_EQ(event_wait(line->fd, SOON_MS), 1);
	run("VFIO_MUTE");
	start = now_ms();
	EXPECT_EQ(line_isr(line), 1);
	EXPECT_EQ(intx_unmask(line->vf), 0);
	EXPECT_EQ(intx_mask(line->vf), 0);
	within(start, timeout_ms() / 2);
	works_again(line);
}

UNIT_TEST(while_it_is_closed)
{
	struct line *line = line_running();
	long long start;

	line_interrupt(line);
	run("VFIO_MUTE");
	start = now_ms();
	vf_close(line->vf);
	within(start, timeout_ms());
	run("VFIO_ANSWER");
	works_again(line_running());
}

/* The VFs are reset with it: the guest notices, and its VMM resets the VF */
UNIT_TEST(owner_is_reset)
{
	struct line *line = line_running();

	line_interrupt(line);
	EXPECT_EQ(event_wait(line->fd, SOON_MS), 1);
	run("VFIO_OWNER_RESET");
	intx_unmask(line->vf);
	event_wait(line->fd, NEVER_MS);
	works_again(line);
}
