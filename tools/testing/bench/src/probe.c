// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long does a legacy driver's probe take, from its first access to DRIVER_OK,
 * with nothing of a guest's exits in it?
 *
 *	probe ADDRESS COUNT
 */
#include <string.h>

#include "bench.h"
#include "sequence.h"

int main(int argc, char **argv)
{
	struct samples samples;
	unsigned int count;
	struct vf vf;
	int ret;

	if (argc != 3)
		fail("usage: probe ADDRESS COUNT");
	count = number(argv[2]);
	pin(cpus() - 1);
	clock_start();
	open_vf(&vf, argv[1]);
	ret = vf_msix(&vf, SEQUENCE_VECTORS);
	samples_alloc(&samples, count);
	for (unsigned int i = 0; i < count && !ret; i++) {
		uint64_t start = ticks();

		ret = sequence_probe(&vf);
		samples_add(&samples, ticks() - start);
		if (!ret)
			ret = sequence_reset(&vf);
	}
	if (ret)
		fail("%s: %s", vf.address, strerror(-ret));
	emit("probe-replay-p50", "sync", "us", samples_us(&samples, 500));
	return 0;
}
