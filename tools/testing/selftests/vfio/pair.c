// SPDX-License-Identifier: GPL-2.0-only
/* How do two VFs stand for the two ends of a migration? */
#include <errno.h>
#include <linux/pci_regs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pair.h"
#include "unit.h"

#define LENGTH		(QUEUES_MAX * QUEUE_ROOM)
#define BAD_FEATURE	0x40000000	/* bit 30: what broken drivers accept */

#define GUEST_ANNOUNCE	0x200000	/* VIRTIO_NET_F_GUEST_ANNOUNCE, 21 */
#define NET_STATUS	6		/* in a NIC's configuration, and the bit in it */
#define ANNOUNCE	2

struct vf from, to;
uint8_t *memory;

static struct vf peer = { .container = -1, .group = -1, .device = -1 };

static void peer_fresh(void)
{
	const char *address = getenv("VFIO_PEER");
	int ret;

	vf_close(&peer);
	if (!address)
		unit_skip("set VFIO_PEER to the address of another VF of the same card");
	ret = vf_open(&peer, address);
	if (ret)
		unit_fail(__FILE__, __LINE__, 1, "%s cannot be opened: %s", address,
			  strerror(-ret));
	ASSERT_EQ(vf_decode(&peer, true), 0);
	to = peer;
}

/* Both, with the same memory where each of them sees it: that of one guest */
void pair_fresh(void)
{
	from = *vf_fresh();
	if (mig_flags(&from) == -ENOTTY)
		unit_skip("this VF cannot migrate");
	peer_fresh();
	if (!memory)
		memory = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			      -1, 0);
	ASSERT(memory != MAP_FAILED);
	memset(memory, 0, LENGTH);
	ASSERT_EQ(vf_map(&from, IOVA, memory, LENGTH), 0);
	ASSERT_EQ(vf_map(&to, IOVA, memory, LENGTH), 0);
}

void put(struct vf *vf, unsigned int offset, size_t len, uint64_t value)
{
	ASSERT_EQ(vf_write(vf, BAR0, offset, len, value), 0);
}

void master(struct vf *vf)
{
	ASSERT_EQ(vf_write(vf, CONFIG, PCI_COMMAND, 2,
			   PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER), 0);
}

void drive(struct vf *vf)
{
	master(vf);
	ASSERT_EQ(vf_msix(vf, 2), 0);
	put(vf, DEVICE_STATUS, 1, ACKNOWLEDGE);
	put(vf, DEVICE_STATUS, 1, ACKNOWLEDGE | DRIVER);
	put(vf, DRIVER_FEATURES, 4, vf_read(vf, BAR0, DEVICE_FEATURES, 4) & ~BAD_FEATURE);
	put(vf, CONFIG_VECTOR, 2, 0);
	for (int queue = 0; queue < QUEUES_MAX; queue++) {
		put(vf, QUEUE_SELECT, 2, queue);
		if (!vf_read(vf, BAR0, QUEUE_SIZE, 2))
			break;
		put(vf, QUEUE_ADDRESS, 4, (IOVA + queue * QUEUE_ROOM) / PAGE);
		put(vf, QUEUE_VECTOR, 2, 1);
	}
	put(vf, QUEUE_SELECT, 2, 0);
	put(vf, DEVICE_STATUS, 1, ACKNOWLEDGE | DRIVER | DRIVER_OK);
}

void look(struct vf *vf, struct registers *it)
{
	size_t len = 0;

	memset(it, 0, sizeof(*it));
	it->features = vf_read(vf, BAR0, DRIVER_FEATURES, 4);
	it->status = vf_read(vf, BAR0, DEVICE_STATUS, 1);
	it->select = vf_read(vf, BAR0, QUEUE_SELECT, 2);
	it->config_vector = vf_read(vf, BAR0, CONFIG_VECTOR, 2);
	for (int queue = 0; queue < QUEUES_MAX; queue++) {
		put(vf, QUEUE_SELECT, 2, queue);
		it->size[queue] = vf_read(vf, BAR0, QUEUE_SIZE, 2);
		it->address[queue] = vf_read(vf, BAR0, QUEUE_ADDRESS, 4);
		it->vector[queue] = vf_read(vf, BAR0, QUEUE_VECTOR, 2);
	}
	put(vf, QUEUE_SELECT, 2, it->select);
	for (const uint8_t *end = vf->type->field_end; *end; end++) {
		int64_t value = vf_read(vf, BAR0, 24 + len, *end - len > 8 ? 8 : *end - len);

		memcpy(it->config + len, &value, *end - len > 8 ? 8 : *end - len);
		len = *end;
	}
}

void same(const struct registers *a, const struct registers *b)
{
	EXPECT_EQ(a->features, b->features);
	EXPECT_EQ(a->status, b->status);
	EXPECT_EQ(a->select, b->select);
	EXPECT_EQ(a->config_vector, b->config_vector);
	for (int queue = 0; queue < QUEUES_MAX; queue++) {
		EXPECT_EQ(a->size[queue], b->size[queue]);
		EXPECT_EQ(a->address[queue], b->address[queue]);
		EXPECT_EQ(a->vector[queue], b->vector[queue]);
	}
	EXPECT(!memcmp(a->config, b->config, sizeof(a->config)));
}

void arrived(const struct registers *before, const struct registers *after)
{
	struct registers want = *before;

	if (from.type->transitional_id == 0x1000 && before->features & GUEST_ANNOUNCE)
		want.config[NET_STATUS] |= ANNOUNCE;
	same(&want, after);
}

void save(struct vf *vf, bool pre_copy, struct mig_stream *it)
{
	int fd, none;

	it->len = 0;
	ASSERT_EQ(mig_set(vf, pre_copy ? MIG_PRE_COPY : MIG_STOP_COPY, &fd), 0);
	if (pre_copy) {
		EXPECT_EQ(mig_read(fd, it), ENOMSG);
		ASSERT_EQ(mig_set(vf, MIG_STOP_COPY, &none), 0);
	}
	EXPECT_EQ(mig_read(fd, it), 0);
	close(fd);
	ASSERT_EQ(mig_set(vf, MIG_STOP, &none), 0);
}

struct outcome load(struct vf *vf, const struct mig_stream *it, size_t len, size_t cut)
{
	struct outcome outcome = {};
	int fd, none;

	ASSERT_EQ(mig_set(vf, MIG_RESUMING, &fd), 0);
	outcome.error = mig_write(fd, it->bytes, len, cut);
	if (outcome.error) {
		/* it does not get better */
		EXPECT_EQ(mig_set(vf, MIG_STOP, &none), outcome.error);
	} else {
		outcome.at_stop = true;
		outcome.error = mig_set(vf, MIG_STOP, &none);
	}
	EXPECT_EQ(mig_state(vf), outcome.error ? MIG_RESUMING : MIG_STOP);
	close(fd);
	return outcome;
}

void run(struct vf *vf)
{
	int none;

	ASSERT_EQ(mig_set(vf, MIG_RUNNING, &none), 0);
}
