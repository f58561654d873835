// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does a notification cost by a write to the legacy notify register?
 *
 *	notify ADDRESS COUNT
 */
#include <string.h>

#include "bench.h"

int main(int argc, char **argv)
{
	struct samples samples;
	unsigned int count;
	struct vf vf;

	if (argc != 3)
		fail("usage: notify ADDRESS COUNT");
	count = number(argv[2]);
	pin(cpus() - 1);
	clock_start();
	open_vf(&vf, argv[1]);
	samples_alloc(&samples, count);
	for (unsigned int i = 0; i < count; i++) {
		uint64_t start = ticks();
		int ret = vf_write(&vf, BAR0, QUEUE_NOTIFY, 2, 0);

		samples_add(&samples, ticks() - start);
		if (ret)
			fail("%s: notifying: %s", vf.address, strerror(-ret));
	}
	emit_percentiles("notify", "pwrite", &samples);
	return 0;
}
