// SPDX-License-Identifier: GPL-2.0-only
/* A migration's files and states, used by several at once: who waits for whom? */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "mig_test.h"
#include "unit.h"

/* A page that nobody fills in; its file is readable when somebody waits for it */
struct slow_page {
	int uffd;
	uint8_t *page;
};

static void make_slow(struct slow_page *slow)
{
	struct uffdio_register area = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_api api = { .api = UFFD_API };

	slow->uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (slow->uffd < 0 || ioctl(slow->uffd, UFFDIO_API, &api))
		unit_skip("no userfaultfd here");
	slow->page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT(slow->page != MAP_FAILED);
	area.range.start = (uintptr_t)slow->page;
	area.range.len = 4096;
	ASSERT_EQ(ioctl(slow->uffd, UFFDIO_REGISTER, &area), 0);
}

static bool is_waited_for(struct slow_page *slow)
{
	struct pollfd poll_fd = { .fd = slow->uffd, .events = POLLIN };

	return poll(&poll_fd, 1, 5000) == 1;
}

static void fill_in(struct slow_page *slow)
{
	struct uffdio_zeropage zero = { .range = { (uintptr_t)slow->page, 4096 } };

	ioctl(slow->uffd, UFFDIO_ZEROPAGE, &zero);
}

static void end_slow(struct slow_page *slow)
{
	munmap(slow->page, 4096);
	close(slow->uffd);
}

struct job {
	int fd;
	struct slow_page slow;
	ssize_t ret;
	int error;
};

static void *read_slowly(void *arg)
{
	struct job *job = arg;

	job->ret = read(job->fd, job->slow.page, 100);
	job->error = errno;
	return NULL;
}

static void *write_slowly(void *arg)
{
	struct job *job = arg;

	job->ret = write(job->fd, job->slow.page, 100);
	job->error = errno;
	return NULL;
}

static long long now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

static void waits_for_nobody(unsigned int state, void *(*job_fn)(void *arg))
{
	struct vf *vf = mig_fresh();
	struct job job = {};
	pthread_t thread;
	long long start;
	int none;

	make_slow(&job.slow);
	mig_enter(vf, state, &job.fd);
	ASSERT_EQ(pthread_create(&thread, NULL, job_fn, &job), 0);
	EXPECT(is_waited_for(&job.slow));
	start = now_ms();
	EXPECT_EQ(mig_state(vf), state);
	if (state == MIG_RESUMING)
		EXPECT_EQ(mig_set(vf, MIG_STOP, &none), -ENODATA);
	else
		EXPECT_EQ(mig_set(vf, MIG_RUNNING, &none), 0);
	EXPECT_EQ(vf_reset(vf), 0);
	EXPECT_EQ(mig_state(vf), MIG_RUNNING);
	EXPECT(now_ms() - start < 4000);
	fill_in(&job.slow);
	pthread_join(thread, NULL);
	/* it had its bytes before, or came too late */
	EXPECT(job.ret == 100 || (job.ret == -1 && job.error == ENODEV));
	mig_end(&job.fd);
	end_slow(&job.slow);
	mig_check_well(vf);
}

UNIT_TEST(a_reader_of_slow_memory_holds_up_nobody)
{
	waits_for_nobody(MIG_STOP_COPY, read_slowly);
}

UNIT_TEST(a_writer_of_slow_memory_holds_up_nobody)
{
	waits_for_nobody(MIG_RESUMING, write_slowly);
}

static int stop_now;

static struct vf *busy_vf;
static int busy_fd = -1;

static void *change_states(void *arg)
{
	unsigned int seed = (uintptr_t)arg;

	while (!__atomic_load_n(&stop_now, __ATOMIC_RELAXED)) {
		int fd, old;

		if (mig_set(busy_vf, rand_r(&seed) % (MIG_STATES + 1), &fd) || fd < 0)
			continue;
		old = __atomic_exchange_n(&busy_fd, fd, __ATOMIC_ACQ_REL);
		if (old >= 0)
			close(old);
	}
	return NULL;
}

static void *use_files(void *arg)
{
	unsigned int seed = (uintptr_t)arg;
	uint8_t bytes[256];

	while (!__atomic_load_n(&stop_now, __ATOMIC_RELAXED)) {
		int fd = __atomic_load_n(&busy_fd, __ATOMIC_RELAXED);

		/* it may be closed by now, or another one */
		if (fd < 0)
			continue;
		if (rand_r(&seed) % 2)
			(void)!read(fd, bytes, rand_r(&seed) % sizeof(bytes));
		else
			(void)!write(fd, bytes, rand_r(&seed) % sizeof(bytes));
	}
	return NULL;
}

UNIT_TEST(everybody_at_once)
{
	void *(*const jobs[])(void *arg) = { change_states, change_states, use_files, use_files };
	pthread_t threads[ARRAY_SIZE(jobs)];

	busy_vf = mig_fresh();
	stop_now = 0;
	for (int i = 0; i < ARRAY_SIZE(jobs); i++)
		ASSERT_EQ(pthread_create(&threads[i], NULL, jobs[i], (void *)(uintptr_t)(i + 1)),
			  0);
	for (int i = 0; i < 12; i++) {
		usleep(150000);
		EXPECT_EQ(vf_reset(busy_vf), 0);
		EXPECT(mig_state(busy_vf) >= 0);
		vf_read(busy_vf, BAR0, DEVICE_STATUS, 1);
	}
	__atomic_store_n(&stop_now, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < ARRAY_SIZE(jobs); i++)
		pthread_join(threads[i], NULL);
	if (busy_fd >= 0)
		close(busy_fd);
	busy_fd = -1;
	ASSERT_EQ(vf_reset(busy_vf), 0);
	mig_check_well(busy_vf);
}

#define ASKERS	12

static void *ask_size(void *arg)
{
	long long *least = arg;

	for (int i = 0; i < 50; i++) {
		long long size = mig_data_size(busy_vf);

		if (size < *least)
			*least = size;
	}
	return NULL;
}

/* Each answer takes an object of the owner, of which there are few */
UNIT_TEST(the_size_is_told_to_all_who_ask_at_once)
{
	pthread_t threads[ASKERS];
	long long least[ASKERS];

	busy_vf = mig_fresh();
	for (int i = 0; i < ASKERS; i++) {
		least[i] = 1 << 20;
		ASSERT_EQ(pthread_create(&threads[i], NULL, ask_size, &least[i]), 0);
	}
	for (int i = 0; i < ASKERS; i++) {
		pthread_join(threads[i], NULL);
		EXPECT(least[i] > 0);
	}
}
