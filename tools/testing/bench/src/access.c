// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long does one access to a legacy register take, through vfio?
 *
 *	access ADDRESS CASE COUNT
 *
 * One thread on the last CPU reads the device status and writes the queue
 * select, COUNT times each, in turns.
 */
#include <string.h>

#include "bench.h"

#define WARM_UP	200

static void write_select(struct vf *vf)
{
	int ret = vf_write(vf, BAR0, QUEUE_SELECT, 2, 0);

	if (ret)
		fail("%s: writing the queue select: %s", vf->address, strerror(-ret));
}

static void measure(struct vf *vf, void (*access)(struct vf *vf), struct samples *samples)
{
	uint64_t start = ticks();

	access(vf);
	samples_add(samples, ticks() - start);
}

int main(int argc, char **argv)
{
	struct samples reads, writes;
	unsigned int count;
	struct vf vf;

	if (argc != 4)
		fail("usage: access ADDRESS CASE COUNT");
	count = number(argv[3]);
	pin(cpus() - 1);
	clock_start();
	open_vf(&vf, argv[1]);
	samples_alloc(&reads, count);
	samples_alloc(&writes, count);
	for (unsigned int i = 0; i < WARM_UP; i++)
		read_status(&vf);
	for (unsigned int i = 0; i < count; i++) {
		measure(&vf, read_status, &reads);
		measure(&vf, write_select, &writes);
	}
	emit_percentiles("read", argv[2], &reads);
	emit_percentiles("write", argv[2], &writes);
	return 0;
}
