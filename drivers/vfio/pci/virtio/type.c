// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which virtio device types have a legacy interface, and what does it look like? To
 * add a type, add a list of fields and a row here, and a line to main.c's PCI ids.
 *
 * A list has the end offset of each field of the type's configuration structure.
 * Which of these fields a device has depends on its features.
 */
#include <linux/kernel.h>
#include <linux/virtio_pci_spec.h>

#include "bar0_layout.h"
#include "type.h"

static const u8 net_fields[] = {
	6,	/* mac */
	8,	/* status */
	10,	/* max_virtqueue_pairs */
	12,	/* mtu */
	16,	/* speed */
	17,	/* duplex */
	18,	/* rss_max_key_size */
	20,	/* rss_max_indirection_table_length */
	24,	/* supported_hash_types */
	0
};

static const u8 blk_fields[] = {
	8,	/* capacity */
	12,	/* size_max */
	16,	/* seg_max */
	18,	/* geometry.cylinders */
	19,	/* geometry.heads */
	20,	/* geometry.sectors */
	24,	/* blk_size */
	25,	/* topology.physical_block_exp */
	26,	/* topology.alignment_offset */
	28,	/* topology.min_io_size */
	32,	/* topology.opt_io_size */
	33,	/* writeback */
	34,	/* unused0 */
	36,	/* num_queues */
	40,	/* max_discard_sectors */
	44,	/* max_discard_seg */
	48,	/* discard_sector_alignment */
	52,	/* max_write_zeroes_sectors */
	56,	/* max_write_zeroes_seg */
	57,	/* write_zeroes_may_unmap */
	60,	/* unused1 */
	64,	/* max_secure_erase_sectors */
	68,	/* max_secure_erase_seg */
	72,	/* secure_erase_sector_alignment */
	0
};

static const u8 console_fields[] = {
	2,	/* cols */
	4,	/* rows */
	8,	/* max_nr_ports */
	12,	/* emerg_wr */
	0
};

static const u8 balloon_fields[] = {
	4,	/* num_pages */
	8,	/* actual */
	12,	/* free_page_hint_cmd_id */
	16,	/* poison_val */
	0
};

static const u8 scsi_fields[] = {
	4,	/* num_queues */
	8,	/* seg_max */
	12,	/* max_sectors */
	16,	/* cmd_per_lun */
	20,	/* event_info_size */
	24,	/* sense_size */
	28,	/* cdb_size */
	30,	/* max_channel */
	32,	/* max_target */
	36,	/* max_lun */
	0
};

static const u8 no_fields[] = { 0 };

/* Transitional ids: "PCI Device Discovery" */
static const struct virtiovf_type types[] = {
	{ "net",     1, 0x1000, net_fields },
	{ "blk",     2, 0x1001, blk_fields },
	{ "console", 3, 0x1003, console_fields },
	{ "rng",     4, 0x1005, no_fields },
	{ "balloon", 5, 0x1002, balloon_fields },
	{ "scsi",    8, 0x1004, scsi_fields },
};

const struct virtiovf_type *virtiovf_type_find(u16 pci_device_id)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (pci_device_id == VIRTIO_PCI_ID_MODERN + types[i].virtio_id)
			return &types[i];
	return NULL;
}

u8 virtiovf_type_config_len(const struct virtiovf_type *type)
{
	u8 len = 0;

	for (const u8 *end = type->field_end; *end; end++)
		len = *end;
	return len;
}

/* A power of two, for the larger layout: MSI-X can be enabled at any time */
u32 virtiovf_type_bar0_size(const struct virtiovf_type *type)
{
	u32 need = VIRTIOVF_COMMON_LEN_MSIX + virtiovf_type_config_len(type), size = 1;

	while (size < need)
		size <<= 1;
	return size;
}
