// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does a legacy driver do to a net VF's registers when it probes?
 *
 * In the order of a Linux 6.1 guest's driver: "Legacy Interface: Device
 * Initialization", a queue at a time, vectors assigned and read back, the MAC
 * address byte by byte. Queues get no memory that anything is in: nothing is
 * ever put into them.
 */
#include <errno.h>

#include "sequence.h"

#define QUEUES		3		/* receive, transmit, control */
#define RING_PFN	0x1000
#define DEVICE_CONFIG	24		/* MSI-X enabled */
#define CONFIG_BYTES	8		/* MAC, status */

/* One probe: the first access that fails is its error, and none comes after */
struct probe {
	struct vf *vf;
	int err;
};

static void put(struct probe *probe, unsigned int offset, unsigned int len, uint64_t value)
{
	if (!probe->err)
		probe->err = vf_write(probe->vf, BAR0, offset, len, value);
}

static int64_t get(struct probe *probe, unsigned int offset, unsigned int len)
{
	int64_t value;

	if (probe->err)
		return 0;
	value = vf_read(probe->vf, BAR0, offset, len);
	if (value < 0) {
		probe->err = value;
		return 0;
	}
	return value;
}

static void reset(struct probe *probe)
{
	put(probe, DEVICE_STATUS, 1, 0);
	get(probe, DEVICE_STATUS, 1);
}

/* a status bit more, as drivers set it: after reading what there is */
static void add_status(struct probe *probe, unsigned int bit)
{
	put(probe, DEVICE_STATUS, 1, get(probe, DEVICE_STATUS, 1) | bit);
}

static void start_queue(struct probe *probe, unsigned int queue)
{
	put(probe, QUEUE_SELECT, 2, queue);
	/* no such queue, or one in use: not what a driver expects after a reset */
	if ((!get(probe, QUEUE_SIZE, 2) || get(probe, QUEUE_ADDRESS, 4)) && !probe->err)
		probe->err = -ENXIO;
	put(probe, QUEUE_ADDRESS, 4, RING_PFN + 16 * queue);
	/* nobody waits for the control queue's interrupt */
	if (queue + 1 == QUEUES)
		return;
	put(probe, QUEUE_VECTOR, 2, 1 + queue);
	get(probe, QUEUE_VECTOR, 2);
}

int sequence_reset(struct vf *vf)
{
	struct probe probe = { .vf = vf };

	reset(&probe);
	return probe.err;
}

int sequence_probe(struct vf *vf)
{
	struct probe probe = { .vf = vf };

	reset(&probe);
	add_status(&probe, ACKNOWLEDGE);
	add_status(&probe, DRIVER);
	put(&probe, DRIVER_FEATURES, 4, get(&probe, DEVICE_FEATURES, 4));
	for (unsigned int i = 0; i < CONFIG_BYTES; i++)
		get(&probe, DEVICE_CONFIG + i, 1);
	put(&probe, CONFIG_VECTOR, 2, 0);
	get(&probe, CONFIG_VECTOR, 2);
	for (unsigned int i = 0; i < QUEUES; i++)
		start_queue(&probe, i);
	add_status(&probe, DRIVER_OK);
	return probe.err;
}
