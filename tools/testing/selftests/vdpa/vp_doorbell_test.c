// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process kicks a function's queue without a system call: by the page of its doorbell. A
 * disk (vp.h) of a function with a page for each doorbell.
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include "nl.h"
#include "vp.h"

#define PAGE	4096UL

static volatile uint16_t *doorbell(void)
{
	return mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, v.fd, 0);
}

static void offer_read(void)
{
	header(VIRTIO_BLK_T_IN, 8);
	queue_desc(&q, 0, QUEUE_DATA(&q, HEADER), sizeof(struct virtio_blk_outhdr), NEXT, 1);
	queue_desc(&q, 1, QUEUE_DATA(&q, BODY), 512, NEXT | WRITE, 2);
	queue_desc(&q, 2, QUEUE_DATA(&q, STATUS), 1, WRITE, 0);
	queue_offer(&q, 0);
}

UNIT_TEST(a_store_is_a_kick)
{
	volatile uint16_t *bell;

	run();
	bell = doorbell();
	ASSERT(bell != MAP_FAILED);
	for (int i = 0; i < 20; i++) {
		offer_read();
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		*bell = 0;
		EXPECT(queue_wait(&q, MS) > 0);
		EXPECT_EQ(q.m->data[STATUS], VIRTIO_BLK_S_OK);
	}
	munmap((void *)bell, PAGE);
	leave();
}

/* the eventfd works beside it */
UNIT_TEST(both_ways)
{
	volatile uint16_t *bell;

	run();
	EXPECT(works());
	bell = doorbell();
	ASSERT(bell != MAP_FAILED);
	EXPECT(works());
	offer_read();
	*bell = 0;
	EXPECT(queue_wait(&q, MS) > 0);
	munmap((void *)bell, PAGE);
	EXPECT(works());
	leave();
}

/* it can be written to, and nothing else */
UNIT_TEST(it_is_for_stores)
{
	run();
	EXPECT(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, v.fd, 0) == MAP_FAILED);
	EXPECT(mmap(NULL, PAGE, PROT_WRITE, MAP_PRIVATE, v.fd, 0) == MAP_FAILED);
	EXPECT(mmap(NULL, 2 * PAGE, PROT_WRITE, MAP_SHARED, v.fd, 0) == MAP_FAILED);
	EXPECT(mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, v.fd, 512 * PAGE) == MAP_FAILED);
	leave();
}

/* last: the device is deleted under it */
UNIT_TEST(it_goes_with_the_device)
{
	volatile uint16_t *bell;
	int status;

	run();
	bell = doorbell();
	ASSERT(bell != MAP_FAILED);
	*bell = 0;
	EXPECT_EQ(nl_dev_del(NAME), 0);
	if (!fork()) {
		*bell = 0;
		_exit(0);
	}
	wait(&status);
	EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
	munmap((void *)bell, PAGE);
	leave();
}
