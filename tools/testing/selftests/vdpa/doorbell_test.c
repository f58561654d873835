// SPDX-License-Identifier: GPL-2.0-only
/*
 * A queue's doorbell page, mapped by a process: what it can do with it, and how long. Needs
 * vdpa_exercise.
 */
#include <errno.h>
#include <linux/virtio_config.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exercise.h"
#include "nl.h"
#include "unit.h"
#include "vhost.h"

#define PAGE	4096UL
#define NAME	"doorbelltest"
#define SPLIT	(~(1ULL << VIRTIO_F_RING_PACKED))

static struct vhost v;

static void start(void)
{
	v = vhost_new(NAME, "vdpaexercise");
	ASSERT_EQ(vhost_negotiate(&v, ~0ULL), 0);
}

static struct exercise_config config(void)
{
	struct {
		struct vhost_vdpa_config range;
		struct exercise_config config;
	} c = { .range = { 0, sizeof(c.config) } };

	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_GET_CONFIG, &c), 0);
	return c.config;
}

static volatile uint32_t *doorbell(int queue)
{
	return mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, v.fd, queue * PAGE);
}

UNIT_TEST(a_doorbell_is_mapped)
{
	volatile uint32_t *bell;

	start();
	bell = doorbell(EXERCISE_DOORBELL);
	ASSERT(bell != MAP_FAILED);
	bell[0] = 0x5a5a;
	EXPECT_EQ(config().doorbell, 0x5a5a);
	/* a page that it shares with anything is not given away */
	EXPECT(doorbell(EXERCISE_DOORBELL + 1) == MAP_FAILED && errno == EOPNOTSUPP);
	EXPECT(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, v.fd, 0) == MAP_FAILED);
	munmap((void *)bell, PAGE);
	vhost_end(&v);
}

/* a read may do something to the device */
UNIT_TEST(a_doorbell_is_never_read)
{
	volatile uint32_t *bell;

	start();
	bell = doorbell(EXERCISE_DOORBELL);
	ASSERT(bell != MAP_FAILED);
	EXPECT(mprotect((void *)bell, PAGE, PROT_READ) && errno == EACCES);
	EXPECT(mprotect((void *)bell, PAGE, PROT_WRITE | PROT_EXEC) && errno == EACCES);
	EXPECT_EQ(mprotect((void *)bell, PAGE, PROT_NONE), 0);
	EXPECT_EQ(mprotect((void *)bell, PAGE, PROT_WRITE), 0);
	munmap((void *)bell, PAGE);
	vhost_end(&v);
}

/* Return: does the device see a store to this queue's page? */
static bool rings(int queue, uint32_t word)
{
	volatile uint32_t *bell = doorbell(queue);
	bool seen;

	if (bell == MAP_FAILED)
		return false;
	*bell = word;
	seen = config().doorbell == word;
	munmap((void *)bell, PAGE);
	return seen;
}

static void next_user(uint64_t features)
{
	close(v.fd);
	v.fd = vhost_open(NAME);
	ASSERT(v.fd >= 0);
	ASSERT_EQ(vhost_negotiate(&v, features), 0);
}

/* which queue has the page depends on its user's features, not on the last one's */
UNIT_TEST(regression_a_doorbell_is_the_next_users)
{
	start();
	EXPECT(rings(EXERCISE_DOORBELL, 1));
	next_user(SPLIT);
	EXPECT(rings(EXERCISE_DOORBELL_SPLIT, 2));
	EXPECT(!rings(EXERCISE_DOORBELL, 3));
	next_user(~0ULL);
	EXPECT(rings(EXERCISE_DOORBELL, 4));
	EXPECT(!rings(EXERCISE_DOORBELL_SPLIT, 5));
	vhost_end(&v);
}

/* Return: it can be stored to: there is no SIGBUS */
static bool stores(volatile uint32_t *bell, uint32_t word)
{
	int status = -1;

	if (!fork()) {
		*bell = word;
		_exit(0);
	}
	wait(&status);
	EXPECT(!status || (WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS));
	return !status;
}

/* one that is mapped, and the same user accepts other features */
UNIT_TEST(a_doorbell_goes_with_the_features)
{
	volatile uint32_t *bell;

	start();
	bell = doorbell(EXERCISE_DOORBELL);
	ASSERT(bell != MAP_FAILED);
	*bell = 1;
	ASSERT_EQ(vhost_reset(&v), 0);
	ASSERT_EQ(vhost_negotiate(&v, SPLIT), 0);
	EXPECT(!stores(bell, 2));
	EXPECT_EQ(config().doorbell, 1);
	EXPECT(rings(EXERCISE_DOORBELL_SPLIT, 3));
	/* it comes back with them */
	ASSERT_EQ(vhost_reset(&v), 0);
	ASSERT_EQ(vhost_negotiate(&v, ~0ULL), 0);
	EXPECT(stores(bell, 4));
	EXPECT_EQ(config().doorbell, 4);
	munmap((void *)bell, PAGE);
	vhost_end(&v);
}

/* What a process does with a page of the device's that it has not touched yet */
static void from_the_doorbell(void *bell)
{
	struct vhost_msg_v2 *msg = bell;

	vhost_ioctl(&v, VHOST_SET_FEATURES, bell);
	vhost_ioctl(&v, VHOST_GET_FEATURES, bell);
	if (write(v.fd, msg, sizeof(*msg)) < 0)
		_exit(1);
	_exit(0);
}

/* Return: did it end by itself in time? In any case it is gone afterwards, if that can be. */
static bool ends(pid_t child)
{
	int status;

	for (int ms = 0; ms < 5000; ms += 100) {
		if (waitpid(child, &status, WNOHANG) == child)
			return true;
		usleep(100 * 1000);
	}
	kill(child, SIGKILL);
	for (int ms = 0; ms < 2000; ms += 100) {
		if (waitpid(child, &status, WNOHANG) == child)
			return false;
		usleep(100 * 1000);
	}
	printf("# not even SIGKILL ends it\n");
	return false;
}

/* the fault that the command itself runs into must not wait for the command */
UNIT_TEST(an_argument_in_the_doorbell)
{
	pid_t child;

	start();
	child = fork();
	if (!child) {
		void *bell = (void *)doorbell(EXERCISE_DOORBELL);

		if (bell == MAP_FAILED)
			_exit(2);
		from_the_doorbell(bell);
	}
	ASSERT(ends(child));
	EXPECT_EQ(config().fail, 0);
	vhost_end(&v);
}

UNIT_TEST(a_doorbell_goes_with_its_device)
{
	volatile uint32_t *bell;

	start();
	bell = doorbell(EXERCISE_DOORBELL);
	ASSERT(bell != MAP_FAILED);
	bell[0] = 1;
	EXPECT_EQ(nl_dev_del(NAME), 0);
	EXPECT(!stores(bell, 2));
	munmap((void *)bell, PAGE);
	close(v.fd);
}
