// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a driver has set up, as its writes tell.
 * sources: drivers/vfio/pci/virtio/intx_setup.c
 */
#include <string.h>

#include <linux/kernel.h>
#include <linux/virtio_pci.h>

#include "drivers/vfio/pci/virtio/bar0_layout.h"
#include "drivers/vfio/pci/virtio/intx_setup.h"
#include "unit.h"

static struct virtiovf_setup setup;

static enum virtiovf_setup_event put(u32 offset, u32 len, u32 value)
{
	u8 bytes[4] = { value, value >> 8, value >> 16, value >> 24 };

	return virtiovf_setup_written(&setup, offset, len, bytes);
}

/* A write of the modern common configuration, with @queue selected */
static enum virtiovf_setup_event put_modern(u32 offset, u32 len, u32 value, u16 queue)
{
	u8 bytes[4] = { value, value >> 8, value >> 16, value >> 24 };
	enum virtiovf_setup_event event = virtiovf_setup_modern_event(offset, len, bytes);

	return event ? virtiovf_setup_modern(&setup, event, queue) : event;
}

static void start(void)
{
	memset(&setup, 0, sizeof(setup));
}

UNIT_TEST(a_queue_gets_its_address)
{
	start();
	EXPECT_EQ(virtiovf_setup_next_queue(&setup, 0), -1);
	EXPECT_EQ(put(VIRTIOVF_QUEUE_SELECT, 2, 1), VIRTIOVF_SETUP_NOTHING);
	EXPECT_EQ(put(VIRTIOVF_QUEUE_ADDRESS, 4, 0x1234), VIRTIOVF_SETUP_QUEUE);
	EXPECT_EQ(virtiovf_setup_next_queue(&setup, 0), 1);
	EXPECT_EQ(virtiovf_setup_next_queue(&setup, 1), 1);
	EXPECT_EQ(virtiovf_setup_next_queue(&setup, 2), -1);
	EXPECT_EQ(put(VIRTIOVF_QUEUE_SELECT, 2, 0), VIRTIOVF_SETUP_NOTHING);
	EXPECT_EQ(put(VIRTIOVF_QUEUE_ADDRESS, 4, 0), VIRTIOVF_SETUP_NO_QUEUE);
	EXPECT_EQ(virtiovf_setup_next_queue(&setup, 0), 1);
	EXPECT_EQ(put(VIRTIOVF_QUEUE_SELECT, 2, 1), VIRTIOVF_SETUP_NOTHING);
	EXPECT_EQ(put(VIRTIOVF_QUEUE_ADDRESS, 4, 0), VIRTIOVF_SETUP_NO_QUEUE);
	EXPECT_EQ(virtiovf_setup_next_queue(&setup, 0), -1);
}

UNIT_TEST(every_queue_number)
{
	for (int queue = 0; queue < VIRTIOVF_SETUP_QUEUES; queue++) {
		start();
		put(VIRTIOVF_QUEUE_SELECT, 2, queue);
		EXPECT_EQ(put(VIRTIOVF_QUEUE_ADDRESS, 4, 1), VIRTIOVF_SETUP_QUEUE);
		EXPECT_EQ(virtiovf_setup_next_queue(&setup, 0), queue);
		EXPECT_EQ(virtiovf_setup_next_queue(&setup, queue), queue);
		EXPECT_EQ(virtiovf_setup_next_queue(&setup, queue + 1), -1);
	}
	start();
	put(VIRTIOVF_QUEUE_SELECT, 2, VIRTIOVF_SETUP_QUEUES);
	EXPECT_EQ(put(VIRTIOVF_QUEUE_ADDRESS, 4, 1), VIRTIOVF_SETUP_QUEUE);
	EXPECT_EQ(virtiovf_setup_next_queue(&setup, 0), -1);
	put(VIRTIOVF_QUEUE_SELECT, 2, 0xffff);
	EXPECT_EQ(put(VIRTIOVF_QUEUE_ADDRESS, 4, 0), VIRTIOVF_SETUP_NO_QUEUE);
}

UNIT_TEST(byte_by_byte)
{
	start();
	put(VIRTIOVF_QUEUE_SELECT + 1, 1, 1);
	put(VIRTIOVF_QUEUE_SELECT, 1, 2);
	EXPECT_EQ(setup.select, 0x102);
	put(VIRTIOVF_QUEUE_SELECT + 1, 1, 0);
	EXPECT_EQ(setup.select, 2);
	EXPECT_EQ(put(VIRTIOVF_QUEUE_ADDRESS + 2, 2, 0), VIRTIOVF_SETUP_NOTHING);
	EXPECT_EQ(put(VIRTIOVF_QUEUE_ADDRESS + 3, 1, 7), VIRTIOVF_SETUP_QUEUE);
	EXPECT_EQ(put(VIRTIOVF_QUEUE_ADDRESS, 2, 0), VIRTIOVF_SETUP_NOTHING);
	EXPECT_EQ(virtiovf_setup_next_queue(&setup, 0), 2);
}

UNIT_TEST(status)
{
	start();
	put(VIRTIOVF_QUEUE_SELECT, 2, 5);
	put(VIRTIOVF_QUEUE_ADDRESS, 4, 1);
	for (unsigned int status = 1; status < 256; status++)
		EXPECT_EQ(put(VIRTIOVF_DEVICE_STATUS, 1, status),
			  status == 3 ? VIRTIOVF_SETUP_DRIVER : VIRTIOVF_SETUP_NOTHING);
	EXPECT_EQ(virtiovf_setup_next_queue(&setup, 0), 5);
	EXPECT_EQ(put(VIRTIOVF_DEVICE_STATUS, 1, 0), VIRTIOVF_SETUP_RESET);
	EXPECT_EQ(virtiovf_setup_next_queue(&setup, 0), -1);
	EXPECT_EQ(setup.select, 0);
}

UNIT_TEST(other_registers_say_nothing)
{
	start();
	for (u32 offset = 0; offset < VIRTIOVF_COMMON_LEN_MSIX; offset++) {
		if ((offset >= 8 && offset < 12) || offset == 14 || offset == 15 || offset == 18)
			continue;
		EXPECT_EQ(put(offset, 1, 0xff), VIRTIOVF_SETUP_NOTHING);
		EXPECT_EQ(put(offset, 1, 0), VIRTIOVF_SETUP_NOTHING);
	}
	EXPECT_EQ(setup.select, 0);
	EXPECT_EQ(virtiovf_setup_next_queue(&setup, 0), -1);
}

UNIT_TEST(a_modern_queue)
{
	start();
	for (int queue = 0; queue < VIRTIOVF_SETUP_QUEUES; queue += 63) {
		EXPECT_EQ(put_modern(VIRTIO_PCI_COMMON_Q_ENABLE, 2, 0, queue),
			  VIRTIOVF_SETUP_NOTHING);
		EXPECT_EQ(virtiovf_setup_next_queue(&setup, 0), -1);
		EXPECT_EQ(put_modern(VIRTIO_PCI_COMMON_Q_ENABLE, 2, 1, queue),
			  VIRTIOVF_SETUP_QUEUE);
		EXPECT(setup.modern);
		EXPECT_EQ(virtiovf_setup_next_queue(&setup, 0), queue);
		EXPECT_EQ(virtiovf_setup_next_queue(&setup, queue + 1), -1);
		EXPECT_EQ(put_modern(VIRTIO_PCI_COMMON_Q_RESET, 2, 1, queue),
			  VIRTIOVF_SETUP_NO_QUEUE);
		EXPECT_EQ(virtiovf_setup_next_queue(&setup, 0), -1);
	}
	for (int queue = VIRTIOVF_SETUP_QUEUES; queue < 0x10000; queue += 63) {
		EXPECT_EQ(put_modern(VIRTIO_PCI_COMMON_Q_ENABLE, 2, 1, queue),
			  VIRTIOVF_SETUP_NOTHING);
		EXPECT_EQ(put_modern(VIRTIO_PCI_COMMON_Q_RESET, 2, 1, queue),
			  VIRTIOVF_SETUP_NOTHING);
	}
	EXPECT_EQ(virtiovf_setup_next_queue(&setup, 0), -1);
}

UNIT_TEST(modern_status)
{
	start();
	put_modern(VIRTIO_PCI_COMMON_Q_ENABLE, 2, 1, 5);
	for (unsigned int status = 1; status < 256; status++)
		EXPECT_EQ(put_modern(VIRTIO_PCI_COMMON_STATUS, 1, status, 0),
			  VIRTIOVF_SETUP_NOTHING);
	EXPECT_EQ(virtiovf_setup_next_queue(&setup, 0), 5);
	EXPECT_EQ(put_modern(VIRTIO_PCI_COMMON_STATUS, 1, 0, 0), VIRTIOVF_SETUP_RESET);
	EXPECT_EQ(virtiovf_setup_next_queue(&setup, 0), -1);
	EXPECT(!setup.modern);
}

UNIT_TEST(other_modern_registers_say_nothing)
{
	start();
	for (u32 offset = 0; offset < 64; offset++) {
		if (offset == 20 || offset == 28 || offset == 58)
			continue;
		EXPECT_EQ(put_modern(offset, 1, 0xff, 0), VIRTIOVF_SETUP_NOTHING);
		EXPECT_EQ(put_modern(offset, 1, 0, 0), VIRTIOVF_SETUP_NOTHING);
	}
	EXPECT_EQ(virtiovf_setup_next_queue(&setup, 0), -1);
}

/* The device ignores the other interface until it is reset, by either */
UNIT_TEST(one_interface_at_a_time)
{
	start();
	put(VIRTIOVF_QUEUE_SELECT, 2, 1);
	EXPECT_EQ(put(VIRTIOVF_QUEUE_ADDRESS, 4, 1), VIRTIOVF_SETUP_QUEUE);
	EXPECT_EQ(put_modern(VIRTIO_PCI_COMMON_Q_ENABLE, 2, 1, 2), VIRTIOVF_SETUP_NOTHING);
	EXPECT_EQ(put_modern(VIRTIO_PCI_COMMON_Q_RESET, 2, 1, 1), VIRTIOVF_SETUP_NOTHING);
	EXPECT(!setup.modern);
	EXPECT_EQ(virtiovf_setup_next_queue(&setup, 0), 1);
	EXPECT_EQ(virtiovf_setup_next_queue(&setup, 2), -1);

	EXPECT_EQ(put_modern(VIRTIO_PCI_COMMON_STATUS, 1, 0, 0), VIRTIOVF_SETUP_RESET);
	EXPECT_EQ(put_modern(VIRTIO_PCI_COMMON_Q_ENABLE, 2, 1, 2), VIRTIOVF_SETUP_QUEUE);
	EXPECT_EQ(put(VIRTIOVF_QUEUE_ADDRESS, 4, 1), VIRTIOVF_SETUP_NOTHING);
	EXPECT_EQ(put(VIRTIOVF_QUEUE_ADDRESS, 4, 0), VIRTIOVF_SETUP_NOTHING);
	EXPECT(setup.modern);
	EXPECT_EQ(virtiovf_setup_next_queue(&setup, 0), 2);

	EXPECT_EQ(put(VIRTIOVF_DEVICE_STATUS, 1, 0), VIRTIOVF_SETUP_RESET);
	EXPECT_EQ(put(VIRTIOVF_QUEUE_ADDRESS, 4, 1), VIRTIOVF_SETUP_QUEUE);
	EXPECT(!setup.modern);
	EXPECT_EQ(virtiovf_setup_next_queue(&setup, 0), 0);
}
