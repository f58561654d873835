// SPDX-License-Identifier: GPL-2.0-only
/*
 * Four threads do to one VF's INTx line what a VMM's threads and a guest's processors
 * can do at once. Nothing hangs, and a driver that begins anew finds it working.
 * VFIO_SECONDS: how long (10)
 */
#include <linux/pci_regs.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "line.h"
#include "unit.h"
#include "vf.h"

#define THREADS	4

static struct line *line;
static atomic_bool over;
static atomic_long rounds[THREADS];
static int unmask_fd;

/* Results are not looked at: the other threads make any of them fail */
static void write_bar0(unsigned int offset, size_t len, uint64_t value)
{
	vf_write(line->vf, BAR0, offset, len, value);
}

/* The guest's driver: sets up its queue, has requests completed, handles interrupts */
static void drive(unsigned int *random)
{
	struct ring *ring = &line->ring;

	if (rand_r(random) % 8 == 0) {
		write_bar0(DEVICE_STATUS, 1, ACKNOWLEDGE | DRIVER);
		write_bar0(QUEUE_SELECT, 2, ring_queue(ring));
		write_bar0(QUEUE_ADDRESS, 4, ring_page(ring));
		write_bar0(DEVICE_STATUS, 1, ACKNOWLEDGE | DRIVER | DRIVER_OK);
	}
	ring_publish(ring);
	write_bar0(QUEUE_NOTIFY, 2, ring_queue(ring));
	vf_read(line->vf, BAR0, ISR_STATUS, 1);
}

/* The VMM: index 0 by every means */
static void set_line(unsigned int *random)
{
	uint64_t one = 1;

	switch (rand_r(random) % 8) {
	case 0:
		intx_off(line->vf);
		break;
	case 1:
		intx_trigger(line->vf, -1);
		break;
	case 2:
		intx_mask(line->vf);
		break;
	case 3:
		intx_unmask(line->vf);
		break;
	case 4:
		intx_unmask_fd(line->vf, unmask_fd);
		break;
	case 5:
		if (write(unmask_fd, &one, sizeof(one)) != sizeof(one))
			break;
		intx_unmask_fd(line->vf, -1);
		break;
	default:
		intx_trigger(line->vf, line->fd);
	}
}

/* The guest's PCI code: the disable bit, the status bit, the MSI-X control */
static void configure(unsigned int *random)
{
	unsigned char bytes[256];
	unsigned int bit = rand_r(random) & PCI_COMMAND_INTX_DISABLE;

	vf_write(line->vf, CONFIG, PCI_COMMAND, 2, PCI_COMMAND_IO | PCI_COMMAND_MEMORY |
		 PCI_COMMAND_MASTER | bit);
	vf_get(line->vf, CONFIG, 0, bytes, sizeof(bytes));
	event_wait(line->fd, 0);
}

/* Resets, and the way to MSI-X and back */
static void change(unsigned int *random)
{
	switch (rand_r(random) % 4) {
	case 0:
		vf_reset(line->vf);
		usleep(rand_r(random) % 20000);
		break;
	case 1:
		write_bar0(DEVICE_STATUS, 1, 0);
		usleep(rand_r(random) % 2000);
		break;
	case 2:
		write_bar0(QUEUE_ADDRESS, 4, 0);
		break;
	default:
		intx_off(line->vf);
		if (!vf_msix(line->vf, 2))
			vf_msix(line->vf, 0);
	}
}

static void (*const work[THREADS])(unsigned int *random) = {
	drive, set_line, configure, change,
};

static void *thread(void *number)
{
	unsigned int random = time(NULL) ^ (long)number;

	while (!over) {
		work[(long)number](&random);
		rounds[(long)number]++;
	}
	return NULL;
}

UNIT_TEST(four_threads)
{
	const char *text = getenv("VFIO_SECONDS");
	pthread_t threads[THREADS];
	int seconds = text ? atoi(text) : 10;

	line = line_running();
	unmask_fd = event_new();
	for (long i = 0; i < THREADS; i++)
		ASSERT_EQ(pthread_create(&threads[i], NULL, thread, (void *)i), 0);
	sleep(seconds);
	over = true;
	for (int i = 0; i < THREADS; i++) {
		ASSERT_EQ(pthread_join(threads[i], NULL), 0);
		EXPECT(rounds[i] > 10);
		fprintf(stderr, "# thread %d: %ld rounds\n", i, rounds[i]);
	}
	/* the VMM and the guest's driver begin anew, with the same open device */
	vf_msix(line->vf, 0);
	intx_off(line->vf);
	ASSERT_EQ(vf_reset(line->vf), 0);
	event_wait(line->fd, NEVER_MS);
	ASSERT_EQ(intx_trigger(line->vf, line->fd), 0);
	ring_start(&line->ring);
	for (int i = 0; i < 100; i++) {
		line_interrupt(line);
		ASSERT_EQ(event_wait(line->fd, SOON_MS), 1);
		EXPECT_EQ(line_isr(line), 1);
		ASSERT_EQ(intx_unmask(line->vf), 0);
	}
	/* and with one that is opened anew */
	line = line_running();
	line_interrupt(line);
	EXPECT_EQ(event_wait(line->fd, SOON_MS), 1);
}

/* Opened and closed with the line in any state, as a VMM that is killed leaves it */
UNIT_TEST(closed_in_any_state)
{
	for (int i = 0; i < 24; i++) {
		line = line_running();
		if (i & 1)
			ring_offer(&line->ring);
		if (i & 2)
			intx_mask(line->vf);
		if (i & 4)
			intx_unmask_fd(line->vf, event_new());
		if (i & 8)
			line_disable(line, true);
		if (i & 16)
			vf_reset(line->vf);
	}
	line = line_running();
	line_interrupt(line);
	EXPECT_EQ(event_wait(line->fd, SOON_MS), 1);
}
