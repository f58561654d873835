// SPDX-License-Identifier: GPL-2.0-only
/* One VF, several processes: no access sees half of another's, no exit disturbs the rest. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "unit.h"
#include "vf.h"

#define ROUNDS	2000
#define SECONDS	4	/* in which processes surely interrupt each other */

/* Run @job in a child; its result is the exit status */
static pid_t start(struct vf *vf, int (*job)(struct vf *vf, int argument), int argument)
{
	pid_t pid = fork();

	if (!pid)
		_exit(job(vf, argument));
	return pid;
}

/* Its exit status, or the signal that ended it, negative */
static int result(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Both vectors by one access, which is two commands */
static int write_vectors(struct vf *vf, int vector)
{
	for (time_t end = time(NULL) + SECONDS; time(NULL) < end;)
		if (vf_write(vf, BAR0, CONFIG_VECTOR, 4, vector | vector << 16))
			return 1;
	return 0;
}

static int read_vectors(struct vf *vf, int unused)
{
	for (time_t end = time(NULL) + SECONDS; time(NULL) < end;) {
		int64_t both = vf_read(vf, BAR0, CONFIG_VECTOR, 4);

		if (both < 0 || (both & 0xffff) != both >> 16)
			return 1;
	}
	return 0;
}

UNIT_TEST(accesses_of_two_commands_are_not_mixed)
{
	struct vf *vf = vf_fresh();
	pid_t zeroes, ones, reader;

	ASSERT_EQ(vf_msix(vf, 2), 0);
	ASSERT_EQ(vf_write(vf, BAR0, CONFIG_VECTOR, 4, 0), 0);
	zeroes = start(vf, write_vectors, 0);
	ones = start(vf, write_vectors, 1);
	reader = start(vf, read_vectors, 0);
	EXPECT_EQ(result(zeroes), 0);
	EXPECT_EQ(result(ones), 0);
	EXPECT_EQ(result(reader), 0);
}

/* Each its own register; what was written is there */
static int own_register(struct vf *vf, int reg)
{
	for (int i = 0; i < ROUNDS; i++)
		if (vf_write(vf, BAR0, reg, 2, i & 1) || vf_read(vf, BAR0, reg, 2) != (i & 1))
			return 1;
	return 0;
}

UNIT_TEST(two_processes_two_registers)
{
	struct vf *vf = vf_fresh();
	pid_t select, vector;

	ASSERT_EQ(vf_msix(vf, 2), 0);
	select = start(vf, own_register, QUEUE_SELECT);
	vector = start(vf, own_register, CONFIG_VECTOR);
	EXPECT_EQ(result(select), 0);
	EXPECT_EQ(result(vector), 0);
}

static int use_alone(struct vf *vf, int gate)
{
	char byte;

	/* the parent has closed its side of the pipe and of the device */
	if (read(gate, &byte, 1) != 0)
		return 1;
	if (vf_write(vf, BAR0, DEVICE_STATUS, 1, ACKNOWLEDGE) ||
	    vf_read(vf, BAR0, DEVICE_STATUS, 1) != ACKNOWLEDGE || vf_reset(vf) ||
	    vf_decode(vf, true) || vf_read(vf, BAR0, DEVICE_STATUS, 1))
		return 2;
	return 0;
}

UNIT_TEST(a_child_keeps_the_device_open)
{
	struct vf *vf = vf_fresh();
	pid_t child;
	int gate[2];

	ASSERT_EQ(pipe(gate), 0);
	child = fork();
	if (!child) {
		close(gate[1]);
		_exit(use_alone(vf, gate[0]));
	}
	close(gate[0]);
	vf_close(vf);
	close(gate[1]);
	EXPECT_EQ(result(child), 0);
	/* with it, the device is closed */
	vf_fresh();
}

static int __attribute__((noreturn)) access_for_ever(struct vf *vf, int unused)
{
	unsigned char bytes[16];

	for (;;) {
		vf_get(vf, BAR0, 0, bytes, sizeof(bytes));
		vf_write(vf, BAR0, QUEUE_SIZE, 4, 0);
		vf_write(vf, BAR0, QUEUE_NOTIFY, 2, 0);
		vf_read(vf, CONFIG, 0, 4);
	}
}

UNIT_TEST(a_killed_user_leaves_nothing_behind)
{
	struct vf *vf = vf_fresh();

	for (int i = 0; i < 20; i++) {
		pid_t child = start(vf, access_for_ever, 0);

		usleep(5000 + 777 * i);
		ASSERT_EQ(kill(child, SIGKILL), 0);
		ASSERT_EQ(result(child), -SIGKILL);
		ASSERT_EQ(vf_write(vf, BAR0, DEVICE_STATUS, 1, ACKNOWLEDGE), 0);
		ASSERT_EQ(vf_read(vf, BAR0, DEVICE_STATUS, 1), ACKNOWLEDGE);
	}
}

static volatile long reads;

static void *read_until_closed(void *vf)
{
	while (vf_read(vf, BAR0, DEVICE_FEATURES, 4) >= 0)
		reads++;
	return NULL;
}

UNIT_TEST(close_while_another_thread_reads)
{
	for (int i = 0; i < 10; i++) {
		struct vf *vf = vf_fresh();
		pthread_t thread;

		reads = 0;
		ASSERT_EQ(pthread_create(&thread, NULL, read_until_closed, vf), 0);
		/* on a busy machine the thread may come late */
		for (int tries = 0; tries < 1000 && reads < 10; tries++)
			usleep(2000);
		EXPECT(reads >= 10);
		vf_close(vf);
		ASSERT_EQ(pthread_join(thread, NULL), 0);
	}
}
