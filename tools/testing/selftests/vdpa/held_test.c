// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process's memory does not come: the page is its own to give (userfaultfd, FUSE), and it
 * does not. Whoever removes its device does not wait for that.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memcg.h"
#include "nl.h"
#include "pinned.h"
#include "stuck_file.h"
#include "unit.h"
#include "vhost.h"

#define PAGE	4096UL
#define NAME	"heldtest"

static struct vhost v;

/* Two pages, of which the second does not come */
static char *pages;
static int uffd;

static void hold(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT(pages != MAP_FAILED);
	memset(pages, 0, PAGE);
	uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	ASSERT(uffd >= 0);
	ASSERT_EQ(ioctl(uffd, UFFDIO_API, &api), 0);
	reg.range.start = (unsigned long)pages + PAGE;
	reg.range.len = PAGE;
	ASSERT_EQ(ioctl(uffd, UFFDIO_REGISTER, &reg), 0);
}

static void give(void)
{
	struct uffdio_zeropage zero = { .range = { (unsigned long)pages + PAGE, PAGE } };

	ASSERT_EQ(ioctl(uffd, UFFDIO_ZEROPAGE, &zero), 0);
}

static void end_hold(void)
{
	close(uffd);
	munmap(pages, 2 * PAGE);
}

static int argument_in(void)
{
	return vhost_ioctl(&v, VHOST_SET_FEATURES, pages + PAGE);
}

static int argument_out(void)
{
	return vhost_ioctl(&v, VHOST_GET_FEATURES, pages + PAGE);
}

static int tail_in(void)
{
	struct vhost_vdpa_config *config = (void *)(pages + PAGE - sizeof(*config));

	config->len = 6;
	return vhost_ioctl(&v, VHOST_VDPA_SET_CONFIG, config);
}

static int tail_out(void)
{
	struct vhost_vdpa_config *config = (void *)(pages + PAGE - sizeof(*config));

	config->len = 6;
	return vhost_ioctl(&v, VHOST_VDPA_GET_CONFIG, config);
}

static int message(void)
{
	return write(v.fd, pages + PAGE, sizeof(struct vhost_msg_v2)) < 0 ? -errno : 0;
}

static int memory(void)
{
	return vhost_map(&v, 0, 2 * PAGE, pages, VHOST_ACCESS_RW);
}

static void *waits(void *how)
{
	return (void *)(long)((int (*)(void))how)();
}

/* Return: how long it took in ms, or -ETIMEDOUT after 10 s */
static int removal(void)
{
	pid_t child = fork();
	int status;

	if (!child) {
		nl_own_socket();
		_exit(nl_dev_del(NAME) ? 1 : 0);
	}
	for (int ms = 0; ms < 10000; ms += 10) {
		if (waitpid(child, &status, WNOHANG) == child) {
			EXPECT_EQ(status, 0);
			return ms;
		}
		usleep(10 * 1000);
	}
	return -ETIMEDOUT;
}

/* Return: what the command answers once the page is there, and the device is not */
static int removal_during(int (*how)(void))
{
	pthread_t thread;
	void *answer;
	int ms;

	v = vhost_new(NAME, "vdpasim_net");
	ASSERT_EQ(vhost_ioctl(&v, VHOST_SET_OWNER, NULL), 0);
	hold();
	ASSERT_EQ(pthread_create(&thread, NULL, waits, how), 0);
	usleep(300 * 1000);
	ms = removal();
	printf("# removed after %d ms\n", ms);
	EXPECT(ms >= 0 && ms < 2000);
	give();
	pthread_join(thread, &answer);
	close(v.fd);
	nl_dev_del(NAME);
	end_hold();
	return (long)answer;
}

UNIT_TEST(removal_while_an_argument_is_read)
{
	EXPECT_EQ(removal_during(argument_in), -ENODEV);
}

UNIT_TEST(removal_while_an_answer_is_written)
{
	EXPECT_EQ(removal_during(argument_out), 0);
}

UNIT_TEST(removal_while_a_configuration_is_read)
{
	EXPECT_EQ(removal_during(tail_in), -ENODEV);
}

UNIT_TEST(removal_while_a_configuration_is_written)
{
	EXPECT_EQ(removal_during(tail_out), 0);
}

UNIT_TEST(removal_while_a_message_is_read)
{
	EXPECT_EQ(removal_during(message), -EINVAL);
}

UNIT_TEST(removal_while_memory_is_pinned)
{
	int ret = removal_during(memory);

	/* 6.1 does not wait for such a page when it pins: there is none */
	EXPECT(ret == -ENODEV || ret == -EFAULT);
}

#define THREADS	64
#define REGIONS	64	/* as many as are accepted: 2 KiB */

static pthread_barrier_t all;

static void *passes_regions(void *unused)
{
	struct vhost_memory *memory = (void *)(pages + PAGE - sizeof(*memory));

	pthread_barrier_wait(&all);
	return (void *)(long)vhost_ioctl(&v, VHOST_SET_MEM_TABLE, memory);
}

/* Each thread has an argument that stays half read: the process pays for these as well */
UNIT_TEST(arguments_are_charged)
{
	struct vhost_memory *memory;
	pthread_t threads[THREADS];
	long before, charged = 0;
	void *answer;

	enter_group_or_skip();
	v = vhost_new(NAME, "vdpasim_net");
	ASSERT_EQ(vhost_ioctl(&v, VHOST_SET_OWNER, NULL), 0);
	hold();
	memory = (void *)(pages + PAGE - sizeof(*memory));
	memory->nregions = REGIONS;
	pthread_barrier_init(&all, NULL, THREADS + 1);
	for (int i = 0; i < THREADS; i++)
		ASSERT_EQ(pthread_create(&threads[i], NULL, passes_regions, NULL), 0);
	/* what the threads take themselves is in the figure already */
	usleep(500 * 1000);
	before = group_kib();
	pthread_barrier_wait(&all);
	for (int ms = 0; ms < 10000; ms += 100) {
		usleep(100 * 1000);
		charged = group_kib() - before;
		if (charged >= THREADS * 2)
			break;
	}
	printf("# arguments of %d threads: %ld KiB\n", THREADS, charged);
	EXPECT(charged >= THREADS * 2 * 3 / 4);
	give();
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &answer);
		EXPECT_EQ((long)answer, 0);
	}
	pthread_barrier_destroy(&all);
	vhost_end(&v);
	end_hold();
	leave_group();
}

#define STUCK	"/run/heldtest"

/* The kernel faults that page in with the mmap lock held, for as long as it takes */
static void *hold_mmap_lock(void *page)
{
	static uint32_t word;

	syscall(SYS_futex, &word, FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG, 1, 1, page,
		FUTEX_OP(FUTEX_OP_ADD, 1, FUTEX_OP_CMP_EQ, 0));
	return NULL;
}

static void owner(int ready)
{
	void *at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	int fd = open(STUCK "/file", O_RDWR), ret;
	pthread_t thread;
	void *page;

	v.fd = vhost_open(NAME);
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		_exit(1);
	ret = vhost_ioctl(&v, VHOST_SET_OWNER, NULL);
	if (!ret)
		ret = vhost_map(&v, 0, PAGE, at, VHOST_ACCESS_RW);
	if (ret || pthread_create(&thread, NULL, hold_mmap_lock, page))
		_exit(1);
	usleep(300 * 1000);
	if (write(ready, "", 1) != 1)
		_exit(1);
	while (true)
		pause();
}

/* Unpinning is told to the owner's mm, which needs its mmap lock */
UNIT_TEST(removal_while_the_owner_holds_its_mmap_lock)
{
	long before = pinned();
	int ready[2], ms;
	pid_t child;
	char byte;

	ASSERT_EQ(stuck_file_mount(STUCK), 0);
	ASSERT_EQ(pipe(ready), 0);
	v = vhost_new(NAME, "vdpasim_net");
	close(v.fd);
	child = fork();
	if (!child)
		owner(ready[1]);
	close(ready[1]);
	ASSERT_EQ(read(ready[0], &byte, 1), 1);
	EXPECT_EQ(pinned() - before, 1);
	ms = removal();
	printf("# removed after %d ms\n", ms);
	EXPECT(ms >= 0 && ms < 5000);
	stuck_file_end(STUCK);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	EXPECT_EQ(pinned(), before);
	nl_dev_del(NAME);
	close(ready[0]);
}
