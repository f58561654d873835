// SPDX-License-Identifier: GPL-2.0-only
/* Frames that a simulated NIC sends to itself, past another one or not. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "nic.h"

UNIT_TEST(a_frame_comes_back_whole)
{
	start(ALL);
	offer_buffer(0, 2048);
	EXPECT_EQ(send_frame(mac, 1514), 0);
	EXPECT_EQ(queue_wait(&q[RX], MS), HEADER + 1514);
	EXPECT(!memcmp(q[RX].m->data + HEADER, mac, 6));
	EXPECT_EQ(q[RX].m->data[HEADER + 1513], 0x5a);
	EXPECT_EQ(((struct virtio_net_hdr_v1 *)q[RX].m->data)->num_buffers, 1);
	end();
}

UNIT_TEST(frames_wait_for_buffers)
{
	start(ALL);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(send_frame(mac, 60 + i), 0);
	EXPECT_EQ(queue_wait(&q[RX], 300), -ETIMEDOUT);
	for (int i = 0; i < 3; i++)
		offer_buffer(i, 2048);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(queue_wait(&q[RX], MS), HEADER + 60 + i);
	end();
}

/* what is sent when there are buffers again stays behind those that wait */
UNIT_TEST(frames_keep_their_order)
{
	start(ALL);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(send_frame(mac, 60 + i), 0);
	/* all at once: the device has not seen the buffers yet when it sees the frame */
	for (int i = 0; i < 5; i++) {
		queue_desc(&q[RX], i, QUEUE_DATA(&q[RX], i * 2048), 2048, WRITE, 0);
		queue_offer(&q[RX], i);
	}
	EXPECT_EQ(send_frame(mac, 63), 0);
	queue_kick(&q[RX]);
	EXPECT_EQ(send_frame(mac, 64), 0);
	for (int i = 0; i < 5; i++)
		EXPECT_EQ(queue_wait(&q[RX], MS), HEADER + 60 + i);
	end();
}

/* ... but not without end; which ones are lost does not depend on what came later */
UNIT_TEST(not_all_frames_wait)
{
	start(ALL);
	for (int i = 0; i < 1024 + 3; i++)
		EXPECT_EQ(send_frame(mac, i < 1024 ? 60 : 70), 0);
	for (int i = 0; i < 1024; i++) {
		offer_buffer(0, 2048);
		EXPECT_EQ(queue_wait(&q[RX], MS), HEADER + 60);
	}
	offer_buffer(0, 2048);
	EXPECT_EQ(queue_wait(&q[RX], 300), -ETIMEDOUT);
	EXPECT_EQ(send_frame(mac, 80), 0);
	EXPECT_EQ(queue_wait(&q[RX], MS), HEADER + 80);
	end();
}

/* neither chain may be lost: the frame is, the buffer waits for one that fits */
UNIT_TEST(regression_buffer_too_small)
{
	start(ALL);
	offer_buffer(0, 100);
	EXPECT_EQ(send_frame(mac, 200), 0);
	EXPECT_EQ(queue_wait(&q[RX], 300), -ETIMEDOUT);
	EXPECT_EQ(send_frame(mac, 60), 0);
	EXPECT_EQ(queue_wait(&q[RX], MS), HEADER + 60);
	end();
}

UNIT_TEST(frames_of_bad_lengths)
{
	start(ALL);
	offer_buffer(0, 4096);
	EXPECT_EQ(send_frame(mac, 13), 0);
	EXPECT_EQ(send_frame(mac, 1500 + 14 + 8 + 1), 0);
	EXPECT_EQ(queue_wait(&q[RX], 300), -ETIMEDOUT);
	EXPECT_EQ(send_frame(mac, 14), 0);
	EXPECT_EQ(queue_wait(&q[RX], MS), HEADER + 14);
	end();
}

/* though its sender could have it at once */
UNIT_TEST(others_hear_what_one_sends_to_itself)
{
	struct {
		struct vhost_vdpa_config range;
		unsigned char mac[6];
	} config = { .range = { 0, 6 } };

	start(ALL);
	start_peer();
	ASSERT_EQ(vhost_ioctl(&peer, VHOST_VDPA_GET_CONFIG, &config), 0);
	for (int on = 0; on <= 1; on++) {
		EXPECT_EQ(mode(VIRTIO_NET_CTRL_RX_PROMISC, on), VIRTIO_NET_OK);
		queue_desc(&peer_rx, 0, QUEUE_DATA(&peer_rx, 0), 2048, WRITE, 0);
		queue_offer(&peer_rx, 0);
		offer_buffer(on, 2048);
		EXPECT_EQ(send_on(&peer_tx, config.mac, 60 + on), 0);
		EXPECT_EQ(queue_wait(&peer_rx, MS), HEADER + 60 + on);
	}
	EXPECT_EQ(queue_wait(&q[RX], MS), HEADER + 61);
	end_peer();
	end();
}

static long frames_lost(void)
{
	FILE *file = fopen("/sys/module/vdpa_sim_net/parameters/lost_frames", "r");
	long number = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%ld", &number) != 1)
		number = -1;
	fclose(file);
	return number;
}

/* a frame for nobody, and one that waits for a buffer when its receiver is reset, are counted */
UNIT_TEST(lost_frames_are_counted)
{
	static const unsigned char nobody[] = { 2, 0, 0, 0, 0, 0x77 };
	static const unsigned char all[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	long before;

	start(ALL);
	before = frames_lost();
	EXPECT(before >= 0);
	EXPECT_EQ(send_frame(nobody, 60), 0);
	EXPECT_EQ(frames_lost() - before, 1);
	/* broadcasts are not, neither are frames that are received */
	EXPECT_EQ(send_frame(all, 60), 0);
	EXPECT_EQ(send_frame(mac, 61), 0);
	EXPECT_EQ(send_frame(mac, 62), 0);
	offer_buffer(0, 2048);
	EXPECT_EQ(queue_wait(&q[RX], MS), HEADER + 61);
	EXPECT_EQ(frames_lost() - before, 1);
	EXPECT_EQ(vhost_reset(&v), 0);
	EXPECT_EQ(frames_lost() - before, 2);
	end();
}

/* Suspend, reset and start it, as a VMM does to exchange its rings; a frame comes in each state */
static void exchange_rings(bool suspended)
{
	if (suspended)
		EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_SUSPEND, NULL), 0);
	EXPECT_EQ(send_on(&peer_tx, mac, 60), 0);
	EXPECT_EQ(vhost_reset(&v), 0);
	EXPECT_EQ(send_on(&peer_tx, mac, 61), 0);
	stop();
	drive(ALL);
	EXPECT_EQ(send_on(&peer_tx, mac, 62), 0);
	for (int i = 0; i < 3; i++)
		offer_buffer(i, 2048);
}

static void keep_ms(const char *ms)
{
	FILE *file = fopen("/sys/module/vdpa_sim_net/parameters/keep_ms", "w");

	ASSERT(file);
	EXPECT(fputs(ms, file) >= 0);
	EXPECT(!fclose(file));
}

UNIT_TEST(frames_for_a_suspended_nic_wait_for_its_next_start)
{
	long before;

	start(ALL);
	start_peer();
	keep_ms("600000");
	before = frames_lost();
	exchange_rings(true);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(queue_wait(&q[RX], MS), HEADER + 60 + i);
	EXPECT_EQ(frames_lost(), before);
	/* a NIC that was not to continue has lost them */
	exchange_rings(false);
	EXPECT_EQ(queue_wait(&q[RX], MS), HEADER + 62);
	EXPECT_EQ(frames_lost() - before, 2);
	keep_ms("2000");
	end_peer();
	end();
}

UNIT_TEST(frames_that_wait_on_the_wire_are_not_many)
{
	long before;

	start(ALL);
	start_peer();
	keep_ms("600000");
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_SUSPEND, NULL), 0);
	EXPECT_EQ(vhost_reset(&v), 0);
	before = frames_lost();
	for (int i = 0; i < 64 + 3; i++)
		EXPECT_EQ(send_on(&peer_tx, mac, 60), 0);
	EXPECT_EQ(frames_lost() - before, 3);
	/* nor for long; the next frame without a receiver finds out */
	keep_ms("1");
	usleep(100000);
	EXPECT_EQ(send_on(&peer_tx, mac, 60), 0);
	EXPECT_EQ(frames_lost() - before, 64 + 4);
	keep_ms("2000");
	end_peer();
	end();
}

#define ELSEWHERE	0x40000000ULL

/* A frame whose last bytes are, or go, to a page that is mapped for the other direction only */
static void frame_to_nowhere(int perm, bool sent)
{
	unsigned char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	start(ALL);
	ASSERT(page != MAP_FAILED);
	EXPECT_EQ(vhost_map(&v, ELSEWHERE, 4096, page, perm), 0);
	queue_desc(&q[RX], 0, QUEUE_DATA(&q[RX], 0), sent ? 2048 : 40, NEXT | WRITE, 1);
	queue_desc(&q[RX], 1, sent ? QUEUE_DATA(&q[RX], 2048) : ELSEWHERE, 2048, WRITE, 0);
	queue_offer(&q[RX], 0);
	memcpy(q[TX].m->data + HEADER, mac, 6);
	queue_desc(&q[TX], 0, QUEUE_DATA(&q[TX], 0), 40, NEXT, 1);
	queue_desc(&q[TX], 1, sent ? ELSEWHERE : QUEUE_DATA(&q[TX], 2048), 60, 0, 0);
	memset(q[TX].m->data + 2048, 0x5a, 60);
	queue_offer(&q[TX], 0);
	queue_kick(&q[TX]);
	EXPECT_EQ(vhost_wait_status(&v, VIRTIO_CONFIG_S_NEEDS_RESET), 0);
	EXPECT_EQ(queue_wait(&q[RX], 0), -ETIMEDOUT);
	EXPECT_EQ(page[0], 0);
	end();
	munmap(page, 4096);
}

UNIT_TEST(a_read_only_buffer_gets_no_frame)
{
	frame_to_nowhere(VHOST_ACCESS_RO, false);
}

UNIT_TEST(a_write_only_buffer_has_no_frame)
{
	frame_to_nowhere(VHOST_ACCESS_WO, true);
}
