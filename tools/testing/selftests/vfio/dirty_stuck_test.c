// SPDX-License-Identifier: GPL-2.0-only
/*
 * A log that the driver keeps, of a guest whose memory does not answer: pages that a process
 * has asked to be told of (userfaultfd), and that nobody fills. Who waits can be killed, and no
 * other VF waits. Needs VFIO_LOG_BY=driver, and VFIO_OTHER, a VF of the same card.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dirty.h"
#include "unit.h"

#define SOON_MS		10000
#define LATE_MS		500

/* Before the VF is opened. Pages of this process, that of the kernel's accesses too */
static int faults_open(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api))
		unit_skip("this kernel has no userfaultfd");
	return fd;
}

/* The device still has the pages that were there; who uses the addresses waits from now on */
static void memory_stuck(int fd, struct target *target, unsigned int page, unsigned int count)
{
	void *at = target->memory + page * DIRTY_PAGE;
	struct uffdio_register where = {
		.range = { (unsigned long)at, count * DIRTY_PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	void *mapped = mmap(at, count * DIRTY_PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	ASSERT(mapped == at);
	ASSERT_EQ(ioctl(fd, UFFDIO_REGISTER, &where), 0);
	/* the driver may have been there before */
	ASSERT_EQ(madvise(at, count * DIRTY_PAGE, MADV_DONTNEED), 0);
}

/* A page that somebody waits for, or 0 after @ms */
static uint64_t memory_missed(int fd, int ms)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	struct uffd_msg message;

	if (poll(&poll_fd, 1, ms) != 1 || read(fd, &message, sizeof(message)) != sizeof(message))
		return 0;
	return message.arg.pagefault.address & ~(DIRTY_PAGE - 1);
}

/* Answer for these and for all that are missed later */
static void *memory_fill(void *arg)
{
	uint64_t page;

	while ((page = memory_missed(*(int *)arg, SOON_MS))) {
		struct uffdio_zeropage zero = { .range = { page, DIRTY_PAGE } };

		ioctl(*(int *)arg, UFFDIO_ZEROPAGE, &zero);
	}
	return NULL;
}

static struct target target;

static void needs(void)
{
	struct vf *vf = vf_fresh();

	if (!target_logged_by_driver())
		unit_skip("set VFIO_LOG_BY=driver, and bind the VF with dirty_log=driver");
	if (!getenv("VFIO_OTHER"))
		unit_skip("set VFIO_OTHER to the address of another VF of the same card");
	if (log_probe(vf, VFIO_DEVICE_FEATURE_DMA_LOGGING_START,
		      VFIO_DEVICE_FEATURE_SET) == -ENOTTY)
		unit_skip("this VF has no log");
	vf_close(vf);
	close(faults_open());
}

/* The driver reads the available ring all the time */
static void stick(int fd)
{
	target_start(&target, vf_fresh());
	target_log(&target);
	ASSERT(target_write(&target, DIRTY_FIRST));
	memory_stuck(fd, &target, 0, target.used_page);
	/* a child: it does not go on with the next test */
	if (!memory_missed(fd, SOON_MS))
		_exit(1);
}

/* --- a process that is killed --- */

static void just_wait(void)
{
	pause();
}

static void reset_by_the_guest(void)
{
	target_reset(&target);
}

static void report(void)
{
	struct pages told = {};

	target_report(&target, &told);
}

static void stop(void)
{
	log_stop(target.vf);
}

static void reset_the_function(void)
{
	vf_reset(target.vf);
}

static void user(int told, void (*then)(void))
{
	int fd = faults_open();

	/* what is opened earlier is closed later, and this child has it all the time */
	if (!fork()) {
		sleep(60);
		_exit(0);
	}
	stick(fd);
	if (write(told, "", 1) != 1)
		_exit(1);
	then();
	_exit(0);
}

static int opens(const char *address)
{
	struct vf vf = { .container = -1, .group = -1, .device = -1 };
	int ret = vf_open(&vf, address);

	vf_close(&vf);
	return ret;
}

/* In a process of its own, which may hang: 0, or -ETIMEDOUT */
static int opens_soon(const char *address)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(opens(address) ? 1 : 0);
	for (int ms = 0; ms < SOON_MS; ms += 10) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EIO;
		usleep(10000);
	}
	return -ETIMEDOUT;
}

static bool ends_soon(pid_t pid)
{
	for (int ms = 0; ms < SOON_MS; ms += 10) {
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return true;
		usleep(10000);
	}
	return false;
}

static void killed(void (*then)(void))
{
	struct pollfd poll_fd = { .events = POLLIN };
	int pipes[2];
	pid_t pid;
	char byte;

	needs();
	ASSERT_EQ(pipe(pipes), 0);
	pid = fork();
	if (!pid) {
		/* with its own child, which has its file descriptors */
		setpgid(0, 0);
		close(pipes[0]);
		user(pipes[1], then);
	}
	close(pipes[1]);
	poll_fd.fd = pipes[0];
	EXPECT(poll(&poll_fd, 1, 6 * SOON_MS) == 1 && read(pipes[0], &byte, 1) == 1);
	close(pipes[0]);
	/* it waits by now */
	usleep(LATE_MS * 1000);
	kill(pid, SIGKILL);
	EXPECT_EQ(opens_soon(getenv("VFIO_OTHER")), 0);
	EXPECT(ends_soon(pid));
	EXPECT_EQ(opens_soon(getenv("VFIO_DEVICE")), 0);
	/* if it hangs, this is what ends it */
	kill(-pid, SIGKILL);
}

UNIT_TEST(closed)
{
	killed(just_wait);
}

UNIT_TEST(closed_while_the_guest_resets_its_device)
{
	killed(reset_by_the_guest);
}

UNIT_TEST(closed_while_the_log_is_read)
{
	killed(report);
}

UNIT_TEST(closed_while_the_log_is_stopped)
{
	killed(stop);
}

UNIT_TEST(closed_while_the_function_is_reset)
{
	killed(reset_the_function);
}

/* --- a reset --- */

static void *reset_in_a_thread(void *ended)
{
	intptr_t ret = vf_reset(target.vf);

	__atomic_store_n((bool *)ended, true, __ATOMIC_RELEASE);
	return (void *)ret;
}

/* After it, the memory is the user's for something else */
UNIT_TEST(a_reset_waits_for_the_driver_to_let_go)
{
	pthread_t reset, fill;
	bool ended = false;
	uint8_t *word;
	void *ret;
	int fd;

	needs();
	fd = faults_open();
	target_start(&target, vf_fresh());
	target_log(&target);
	ASSERT(target_write(&target, DIRTY_FIRST));
	/* what the driver writes to, when the device has used something */
	word = target.memory + target.used_page * DIRTY_PAGE;
	memory_stuck(fd, &target, target.used_page, 1);
	target_offer(&target, DIRTY_FIRST + 1);
	ASSERT_EQ(memory_missed(fd, SOON_MS), (unsigned long)word);
	ASSERT_EQ(pthread_create(&reset, NULL, reset_in_a_thread, &ended), 0);
	usleep(LATE_MS * 1000);
	EXPECT(!__atomic_load_n(&ended, __ATOMIC_ACQUIRE));
	ASSERT_EQ(ioctl(fd, UFFDIO_ZEROPAGE, &(struct uffdio_zeropage) {
		.range = { (unsigned long)word, DIRTY_PAGE } }), 0);
	ASSERT_EQ(pthread_create(&fill, NULL, memory_fill, &fd), 0);
	pthread_join(reset, &ret);
	EXPECT_EQ((intptr_t)ret, 0);
	memset(word, 0x5a, DIRTY_PAGE);
	usleep(LATE_MS * 1000);
	for (unsigned int i = 0; i < DIRTY_PAGE; i++)
		ASSERT_EQ(word[i], 0x5a);
	EXPECT_EQ(log_stop(target.vf), 0);
	vf_close(target.vf);
	pthread_cancel(fill);
	pthread_join(fill, NULL);
	close(fd);
}
