// SPDX-License-Identifier: GPL-2.0-only
/*
 * What VMMs make of a simulated NIC for guests of all kinds: guests that are older than
 * virtio 1.0, guests that set up some of the queues, and what such a device offers unasked.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/vdpa.h>

#include "nic.h"
#include "nl.h"

#define NAME	"vmmtest"
#define BIT(n)	(1ULL << (n))
#define PAGE	4096UL
#define PAIRS	2
#define OLD_HEADER	10U

/* virtio_net_hdr of a legacy driver: the header lacks the number of buffers */
static void old_frames(uint32_t buffer)
{
	struct {
		struct vhost_vdpa_config range;
		unsigned char mac[6];
	} config = { .range = { 0, 6 } };
	unsigned char *out;

	v = vhost_new(NAME, "vdpasim_net");
	ASSERT_EQ(vhost_negotiate(&v, ALL & ~BIT(VIRTIO_F_VERSION_1)), 0);
	ASSERT_EQ(queue_start(&q[RX], &v, RX), 0);
	ASSERT_EQ(queue_start(&q[TX], &v, TX), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	EXPECT(vhost_get_status(&v) & VIRTIO_CONFIG_S_DRIVER_OK);
	ASSERT_EQ(vhost_ioctl(&v, VHOST_VDPA_GET_CONFIG, &config), 0);
	if (buffer)
		offer_buffer(0, buffer);
	out = q[TX].m->data;
	memset(out, 0, OLD_HEADER);
	memset(out + OLD_HEADER, 0x5a, 100);
	memcpy(out + OLD_HEADER, config.mac, 6);
	queue_desc(&q[TX], 0, QUEUE_DATA(&q[TX], 0), OLD_HEADER + 100, 0, 0);
	queue_offer(&q[TX], 0);
	queue_kick(&q[TX]);
	EXPECT_EQ(queue_wait(&q[TX], MS), 0);
	if (!buffer)
		offer_buffer(0, OLD_HEADER + 100);
	EXPECT_EQ(queue_wait(&q[RX], MS), OLD_HEADER + 100);
	EXPECT(!memcmp(q[RX].m->data + OLD_HEADER, config.mac, 6));
	EXPECT_EQ(q[RX].m->data[OLD_HEADER + 99], 0x5a);
	queue_end(&q[RX]);
	queue_end(&q[TX]);
	vhost_end(&v);
}

UNIT_TEST(an_old_drivers_frame_comes_back)
{
	old_frames(OLD_HEADER + 100);
}

UNIT_TEST(an_old_drivers_frame_waits_for_its_buffer)
{
	old_frames(0);
}

/* by the configuration space, in parts; a newer driver's write, or a VMM's, is none */
UNIT_TEST(an_old_driver_changes_its_mac)
{
	struct {
		struct vhost_vdpa_config range;
		unsigned char mac[6];
	} is = { .range = { 0, 6 } }, first = { .range = { 0, 3 }, .mac = { 2, 0, 0 } },
	  rest = { .range = { 3, 5 }, .mac = { 9, 8, 7, 0, 0 } };
	static const unsigned char want[] = { 2, 0, 0, 9, 8, 7 };
	uint64_t features[] = { 0, ALL, ALL & ~BIT(VIRTIO_F_VERSION_1) };

	v = vhost_new(NAME, "vdpasim_net");
	for (int i = 0; i < ARRAY_SIZE(features); i++) {
		ASSERT_EQ(vhost_reset(&v), 0);
		if (features[i])
			ASSERT_EQ(vhost_negotiate(&v, features[i]), 0);
		EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_SET_CONFIG, &first), 0);
		EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_SET_CONFIG, &rest), 0);
		EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_GET_CONFIG, &is), 0);
		EXPECT_EQ(!memcmp(is.mac, want, 6), i == 2);
	}
	/* forgotten with the driver */
	ASSERT_EQ(vhost_reset(&v), 0);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_GET_CONFIG, &is), 0);
	EXPECT(memcmp(is.mac, want, 6));
	vhost_end(&v);
}

/* exactly what QEMU's shadow queues accept since 7.2 */
UNIT_TEST(what_is_offered_unasked)
{
	uint64_t want = BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_F_ACCESS_PLATFORM) |
			BIT(VIRTIO_F_ANY_LAYOUT) | BIT(VIRTIO_RING_F_EVENT_IDX) |
			BIT(VIRTIO_NET_F_MAC) | BIT(VIRTIO_NET_F_MTU) | BIT(VIRTIO_NET_F_STATUS) |
			BIT(VIRTIO_NET_F_CTRL_VQ) | BIT(VIRTIO_NET_F_CTRL_MAC_ADDR);
	uint64_t offered;

	v = vhost_new(NAME, "vdpasim_net");
	EXPECT_EQ(vhost_ioctl(&v, VHOST_GET_FEATURES, &offered), 0);
	EXPECT_EQ(offered, want);
	vhost_end(&v);
}

static void set_parameter(const char *path, const char *value)
{
	FILE *file = fopen(path, "w");

	ASSERT(file);
	ASSERT(fputs(value, file) > 0);
	ASSERT_EQ(fclose(file), 0);
}

UNIT_TEST(what_is_offered_by_parameter)
{
	static const struct {
		const char *path;
		uint64_t features;
	} rows[] = {
		{ "/sys/module/vdpa_sim/parameters/indirect_desc",
		  BIT(VIRTIO_RING_F_INDIRECT_DESC) },
		{ "/sys/module/vdpa_sim/parameters/ring_packed", BIT(VIRTIO_F_RING_PACKED) },
		{ "/sys/module/vdpa_sim_net/parameters/ctrl_rx", BIT(VIRTIO_NET_F_CTRL_RX) |
		  BIT(VIRTIO_NET_F_CTRL_RX_EXTRA) | BIT(VIRTIO_NET_F_CTRL_VLAN) },
	};
	uint64_t before, offered;

	v = vhost_new(NAME, "vdpasim_net");
	EXPECT_EQ(vhost_ioctl(&v, VHOST_GET_FEATURES, &before), 0);
	vhost_end(&v);
	for (int i = 0; i < ARRAY_SIZE(rows); i++) {
		set_parameter(rows[i].path, "Y");
		v = vhost_new(NAME, "vdpasim_net");
		set_parameter(rows[i].path, "N");
		EXPECT_EQ(vhost_ioctl(&v, VHOST_GET_FEATURES, &offered), 0);
		EXPECT_EQ(offered, before | rows[i].features);
		vhost_end(&v);
	}
}

UNIT_TEST(features_that_no_driver_could_use)
{
	nl_dev_del(NAME);
	EXPECT_EQ(nl_dev_add_features(NAME, "vdpasim_net", BIT(VIRTIO_F_VERSION_1)), -EINVAL);
	/* an older driver could */
	EXPECT_EQ(nl_dev_add_features(NAME, "vdpasim_net", BIT(VIRTIO_F_ACCESS_PLATFORM)), 0);
	EXPECT_EQ(nl_dev_del(NAME), 0);
}

/* without a word in the kernel's log, let alone a stack trace */
UNIT_TEST(names_that_others_have_in_sysfs)
{
	EXPECT_EQ(nl_dev_add("system", "vdpasim_net"), -EEXIST);
	EXPECT_EQ(nl_dev_add("virtual", "vdpasim_net"), -EEXIST);
	EXPECT_EQ(nl_dev_add("vdpasim_net", "vdpasim_net"), -EEXIST);
}

static struct vhost two_pairs(void)
{
	struct vhost new = { .name = NAME };
	struct nl_request req;

	nl_dev_del(NAME);
	nl_start(&req, VDPA_CMD_DEV_NEW);
	nl_add_string(&req, VDPA_ATTR_DEV_NAME, NAME);
	nl_add_string(&req, VDPA_ATTR_MGMTDEV_DEV_NAME, "vdpasim_net");
	nl_add_u16(&req, VDPA_ATTR_DEV_NET_CFG_MAX_VQP, PAIRS);
	ASSERT_EQ(nl_send(&req), 0);
	vhost_bind(NAME);
	new.fd = vhost_open(NAME);
	ASSERT(new.fd >= 0);
	return new;
}

/*
 * The driver sets up one pair of two, and the control queue; QEMU then enables all queues.
 * What is mapped at address 0 is the guest's: @fill
 */
static void queues_left_out(uint64_t features, int fill, bool early)
{
	static const unsigned char all[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	static const int set_up[] = { RX, TX, 2 * PAIRS };
	unsigned char *zero, before[PAGE];
	struct queue late;

	zero = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT(zero != MAP_FAILED);
	memset(zero, fill, PAGE);
	memcpy(before, zero, PAGE);
	v = two_pairs();
	ASSERT_EQ(vhost_negotiate(&v, features), 0);
	ASSERT_EQ(vhost_map(&v, 0, PAGE, zero, VHOST_ACCESS_RW), 0);
	for (int i = 0; i < ARRAY_SIZE(set_up); i++)
		ASSERT_EQ(queue_start(&q[i], &v, set_up[i]), 0);
	for (int i = 2; early && i < 2 * PAIRS; i++)
		EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, i, 1), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	for (int i = 0; i < 2 * PAIRS; i++)
		EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, i, 1), 0);
	usleep(300 * 1000);
	EXPECT_EQ(vhost_get_status(&v) & VIRTIO_CONFIG_S_NEEDS_RESET, 0);
	EXPECT_EQ(memcmp(before, zero, PAGE), 0);
	EXPECT_EQ(send_frame(all, 60), 0);
	EXPECT_EQ(vhost_state_get(&v, VHOST_GET_VRING_BASE, 3), 0);
	/* the second pair is set up later, as by a command for more pairs */
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 3, 0), 0);
	EXPECT_EQ(queue_start(&late, &v, 3), 0);
	EXPECT_EQ(send_on(&late, all, 60), 0);
	queue_end(&late);
	end();
	munmap(zero, PAGE);
}

UNIT_TEST(queues_left_out_by_flag)
{
	queues_left_out(ALL, 0, false);
}

UNIT_TEST(queues_left_out_by_index)
{
	queues_left_out(~0ULL, 0, false);
}

UNIT_TEST(queues_left_out_over_memory_in_use)
{
	queues_left_out(ALL, 0xaa, false);
}

UNIT_TEST(queues_left_out_enabled_before_driver_ok)
{
	queues_left_out(ALL, 0xaa, true);
}
