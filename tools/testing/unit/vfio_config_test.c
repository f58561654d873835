// SPDX-License-Identifier: GPL-2.0-only
/*
 * The configuration registers that are laid over a VF's own.
 * sources: drivers/vfio/pci/virtio/config_regs.c drivers/vfio/pci/virtio/type.c
 */
#include <string.h>

#include <linux/kernel.h>
#include <linux/pci_regs.h>

#include "drivers/vfio/pci/virtio/config_regs.h"
#include "drivers/vfio/pci/virtio/type.h"
#include "unit.h"

static const struct virtiovf_type *net, *blk;
static struct virtiovf_config config;

static void start(u16 device_id)
{
	net = virtiovf_type_find(0x1041);
	blk = virtiovf_type_find(0x1042);
	memset(&config, 0xee, sizeof(config));
	virtiovf_config_reset(&config, virtiovf_type_find(device_id), true);
}

/* @under: what each byte of the VF's own is */
static u32 get(u32 offset, u32 len, u8 under)
{
	u8 bytes[4];
	u32 value = 0;

	memset(bytes, under, sizeof(bytes));
	virtiovf_config_read(&config, offset, bytes, len);
	for (u32 i = 0; i < len; i++)
		value |= (u32)bytes[i] << (8 * i);
	for (u32 i = len; i < sizeof(bytes); i++)
		EXPECT_EQ(bytes[i], under);
	return value;
}

static void put(u32 offset, u32 len, u32 value)
{
	u8 bytes[4] = { value, value >> 8, value >> 16, value >> 24 };

	virtiovf_config_write(&config, offset, bytes, len);
}

UNIT_TEST(ids_of_a_transitional_device)
{
	start(0x1041);
	EXPECT_EQ(get(PCI_DEVICE_ID, 2, 0xff), 0x1000);
	EXPECT_EQ(get(PCI_REVISION_ID, 1, 0xff), 0);
	EXPECT_EQ(get(PCI_SUBSYSTEM_VENDOR_ID, 2, 0xff), 0x1af4);
	EXPECT_EQ(get(PCI_SUBSYSTEM_ID, 2, 0xff), 1);
	start(0x1042);
	EXPECT_EQ(get(PCI_DEVICE_ID, 2, 0), 0x1001);
	EXPECT_EQ(get(PCI_SUBSYSTEM_ID, 2, 0), 2);
}

/* which bits are ours, byte by byte; all others come from the VF */
UNIT_TEST(every_byte_against_a_table)
{
	static const u8 ours[VIRTIOVF_CONFIG_LEN] = {
		[2] = 0xff, [3] = 0xff, [4] = 0x01, [5] = 0x04, [6] = 0x08, [8] = 0xff,
		[16] = 0xff, [17] = 0xff, [18] = 0xff, [19] = 0xff,
		[44] = 0xff, [45] = 0xff, [46] = 0xff, [47] = 0xff, [61] = 0xff,
	};
	static const u8 initial[VIRTIOVF_CONFIG_LEN] = {
		[2] = 0x01, [3] = 0x10, [16] = 0x01, [44] = 0xf4, [45] = 0x1a, [46] = 0x02,
		[61] = 0x01,
	};

	start(0x1042);
	for (u32 offset = 0; offset < VIRTIOVF_CONFIG_LEN; offset++) {
		EXPECT_EQ(get(offset, 1, 0x00), initial[offset]);
		EXPECT_EQ(get(offset, 1, 0xff), initial[offset] | (0xff & ~ours[offset]));
	}
}

UNIT_TEST(wider_reads_are_their_bytes)
{
	start(0x1041);
	put(PCI_BASE_ADDRESS_0, 4, 0xc0de);
	for (u32 len = 2; len <= 4; len++)
		for (u32 offset = 0; offset + len <= VIRTIOVF_CONFIG_LEN; offset++) {
			u32 bytes = 0;

			for (u32 i = 0; i < len; i++)
				bytes |= get(offset + i, 1, 0x5a) << (8 * i);
			EXPECT_EQ(get(offset, len, 0x5a), bytes);
		}
}

/* Every way to write four bytes of ones with 1, 2 and 4 byte writes, in every order */
static const struct {
	u8 count;
	u8 offset[4], len[4];
} writes[] = {
	{ 1, { 0 }, { 4 } },
	{ 2, { 0, 2 }, { 2, 2 } },
	{ 2, { 2, 0 }, { 2, 2 } },
	{ 3, { 0, 1, 2 }, { 1, 1, 2 } },
	{ 3, { 2, 0, 1 }, { 2, 1, 1 } },
	{ 3, { 1, 2, 0 }, { 1, 2, 1 } },
	{ 3, { 0, 2, 3 }, { 2, 1, 1 } },
	{ 3, { 3, 0, 2 }, { 1, 2, 1 } },
	{ 4, { 0, 1, 2, 3 }, { 1, 1, 1, 1 } },
	{ 4, { 3, 2, 1, 0 }, { 1, 1, 1, 1 } },
	{ 4, { 2, 0, 3, 1 }, { 1, 1, 1, 1 } },
	{ 2, { 1, 0 }, { 3, 1 } },
};

UNIT_TEST(bar0_is_sized_by_any_widths_in_any_order)
{
	for (size_t i = 0; i < ARRAY_SIZE(writes); i++) {
		start(0x1042);
		put(PCI_BASE_ADDRESS_0, 4, 0x0000d000);
		for (int n = 0; n < writes[i].count; n++)
			put(PCI_BASE_ADDRESS_0 + writes[i].offset[n], writes[i].len[n], 0xffffffff);
		EXPECT_EQ(get(PCI_BASE_ADDRESS_0, 4, 0), 0xffffff81LL);
		for (int n = 0; n < writes[i].count; n++)
			put(PCI_BASE_ADDRESS_0 + writes[i].offset[n], writes[i].len[n],
			    0x0000d000 >> (8 * writes[i].offset[n]));
		EXPECT_EQ(get(PCI_BASE_ADDRESS_0, 4, 0), 0xd001);
	}
}

UNIT_TEST(each_types_bar_has_its_size)
{
	static const struct {
		u16 id;
		u32 ones;
	} sizes[] = {
		{ 0x1041, 0xffffffc1 }, { 0x1042, 0xffffff81 }, { 0x1043, 0xffffffc1 },
		{ 0x1044, 0xffffffe1 }, { 0x1045, 0xffffffc1 }, { 0x1048, 0xffffffc1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		start(sizes[i].id);
		put(PCI_BASE_ADDRESS_0, 4, 0xffffffff);
		EXPECT_EQ(get(PCI_BASE_ADDRESS_0, 4, 0), sizes[i].ones);
	}
}

UNIT_TEST(low_bits_of_bar0_are_read_only)
{
	start(0x1041);
	put(PCI_BASE_ADDRESS_0, 4, 0);
	EXPECT_EQ(get(PCI_BASE_ADDRESS_0, 4, 0xff), 1);
	put(PCI_BASE_ADDRESS_0, 1, 0x3e);
	EXPECT_EQ(get(PCI_BASE_ADDRESS_0, 4, 0xff), 1);
	put(PCI_BASE_ADDRESS_0, 2, 0x1234);
	EXPECT_EQ(get(PCI_BASE_ADDRESS_0, 4, 0xff), 0x1201);
}

UNIT_TEST(io_decode_is_the_users_bit_and_no_other)
{
	start(0x1041);
	EXPECT(!virtiovf_config_io_enabled(&config));
	put(PCI_COMMAND, 2, 0xfffe);
	EXPECT(!virtiovf_config_io_enabled(&config));
	EXPECT_EQ(get(PCI_COMMAND, 2, 0xff), 0xfffe);
	put(PCI_COMMAND, 1, 0x01);
	EXPECT(virtiovf_config_io_enabled(&config));
	EXPECT_EQ(get(PCI_COMMAND, 2, 0), 1 | PCI_COMMAND_INTX_DISABLE);
	put(PCI_COMMAND + 1, 1, 0);
	EXPECT(virtiovf_config_io_enabled(&config));
	put(PCI_VENDOR_ID + 1, 4, 0);
	EXPECT(!virtiovf_config_io_enabled(&config));
}

UNIT_TEST(ids_cannot_be_written)
{
	start(0x1041);
	for (u32 offset = 0; offset < VIRTIOVF_CONFIG_LEN; offset++)
		put(offset, 4, 0xa5a5a5a5);
	EXPECT_EQ(get(PCI_DEVICE_ID, 2, 0), 0x1000);
	EXPECT_EQ(get(PCI_REVISION_ID, 1, 0xff), 0);
	EXPECT_EQ(get(PCI_SUBSYSTEM_VENDOR_ID, 2, 0), 0x1af4);
	EXPECT_EQ(get(PCI_SUBSYSTEM_ID, 2, 0xff), 1);
}

/* FIELD: the previous user's BAR0 stayed readable after a reset */
UNIT_TEST(reset_clears_what_the_user_wrote)
{
	start(0x1042);
	put(PCI_COMMAND, 2, 7);
	put(PCI_BASE_ADDRESS_0, 4, 0xffffffff);
	virtiovf_config_reset(&config, blk, true);
	EXPECT_EQ(get(PCI_BASE_ADDRESS_0, 4, 0), 1);
	EXPECT(!virtiovf_config_io_enabled(&config));
}

UNIT_TEST(pin_only_with_a_line)
{
	start(0x1041);
	EXPECT_EQ(get(PCI_INTERRUPT_PIN, 1, 0xff), 1);
	put(PCI_INTERRUPT_PIN, 1, 2);
	EXPECT_EQ(get(PCI_INTERRUPT_PIN, 1, 0), 1);
	virtiovf_config_reset(&config, net, false);
	EXPECT_EQ(get(PCI_INTERRUPT_PIN, 1, 0xff), 0);
}

UNIT_TEST(interrupt_disable_is_the_users_bit)
{
	start(0x1041);
	EXPECT(!virtiovf_config_intx_disabled(&config));
	put(PCI_COMMAND, 2, PCI_COMMAND_INTX_DISABLE);
	EXPECT(virtiovf_config_intx_disabled(&config));
	EXPECT(!virtiovf_config_io_enabled(&config));
	EXPECT_EQ(get(PCI_COMMAND, 2, 0), PCI_COMMAND_INTX_DISABLE);
	put(PCI_COMMAND, 1, PCI_COMMAND_IO);
	EXPECT(virtiovf_config_intx_disabled(&config));
	put(PCI_COMMAND + 1, 1, 0);
	EXPECT(!virtiovf_config_intx_disabled(&config));
	put(PCI_COMMAND, 2, PCI_COMMAND_INTX_DISABLE);
	virtiovf_config_reset(&config, net, true);
	EXPECT(!virtiovf_config_intx_disabled(&config));
}

UNIT_TEST(interrupt_status_is_the_drivers_bit)
{
	start(0x1041);
	EXPECT_EQ(get(PCI_STATUS, 2, 0), 0);
	virtiovf_config_set_interrupt(&config, true);
	EXPECT_EQ(get(PCI_STATUS, 2, 0), PCI_STATUS_INTERRUPT);
	put(PCI_STATUS, 2, 0xffff);
	EXPECT_EQ(get(PCI_STATUS, 2, 0), PCI_STATUS_INTERRUPT);
	virtiovf_config_set_interrupt(&config, false);
	EXPECT_EQ(get(PCI_STATUS, 2, 0xff), 0xffff & ~PCI_STATUS_INTERRUPT);
}
