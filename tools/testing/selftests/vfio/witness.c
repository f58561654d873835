// SPDX-License-Identifier: GPL-2.0-only
/*
 * How often was the device notified, and how often has it interrupted? VFIO_NOTIFY_COUNT and
 * VFIO_INTERRUPT_COUNT are commands that know.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit.h"
#include "witness.h"

static long number_of(const char *command)
{
	long number = -1;
	FILE *pipe;

	pipe = popen(command, "r");
	ASSERT(pipe);
	if (fscanf(pipe, "%ld", &number) != 1)
		number = -1;
	ASSERT_EQ(pclose(pipe), 0);
	ASSERT(number >= 0);
	return number;
}

long witness_count(void)
{
	const char *command = getenv("VFIO_NOTIFY_COUNT");

	if (!command)
		unit_skip("set VFIO_NOTIFY_COUNT to a command that prints how many notifications the VF received");
	return number_of(command);
}

long witness_interrupts(void)
{
	const char *command = getenv("VFIO_INTERRUPT_COUNT");

	if (!command)
		unit_skip("set VFIO_INTERRUPT_COUNT to a command that prints how many interrupts the VF has sent");
	return number_of(command);
}

long witness_wait(long expected)
{
	long number = witness_count();

	for (int tries = 0; tries < 10 && number < expected; tries++) {
		usleep(100000);
		number = witness_count();
	}
	return number;
}
