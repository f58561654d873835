// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a VF's driver reach the VF's legacy registers through the owner?
 * (section "Group administration commands", "Legacy Interfaces")
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/pci.h>
#include <linux/string.h>
#include <linux/virtio_pci_admin.h>

#include "virtio_pci_admin_priv.h"

static_assert(VIRTIO_PCI_LEGACY_NOTIFY_MAX == VIRTIO_ADMIN_ABI_NOTIFY_ENTRIES);

/* mandatory for legacy access, but for the last one, LEGACY_NOTIFY_INFO */
static const enum vp_admin_row_id vp_admin_legacy_rows[] = {
	VP_ADMIN_LEGACY_COMMON_CFG_WRITE,
	VP_ADMIN_LEGACY_COMMON_CFG_READ,
	VP_ADMIN_LEGACY_DEV_CFG_WRITE,
	VP_ADMIN_LEGACY_DEV_CFG_READ,
	VP_ADMIN_LEGACY_NOTIFY_INFO,
};

/* Are the first @n of these commands in use for the VF? */
static bool vp_admin_has_legacy(struct pci_dev *pdev, unsigned int n)
{
	const u16 group = VIRTIO_ADMIN_GROUP_TYPE_SRIOV;
	struct vp_admin_member *member;
	struct vp_admin_commands commands;
	bool has;

	if (vp_admin_member_find(pdev, group, &member))
		return false;
	has = !vp_admin_group_commands(member->admin, group, vp_admin_deadline(), &commands);
	for (unsigned int i = 0; has && i < n; i++)
		has = vp_admin_has(&commands, vp_admin_legacy_rows[i]);
	vp_admin_put(member->admin);
	return has;
}

/**
 * virtio_pci_admin_has_legacy_regs() - can the VF's legacy registers be accessed?
 * @pdev: the VF
 *
 * True if a driver is bound to the PF and its device supports all four commands that
 * access legacy registers, for the SR-IOV group. LEGACY_NOTIFY_INFO is optional and
 * not checked: see virtio_pci_admin_legacy_io_notify_list().
 *
 * The first call after a reset of the PF queries the device.
 *
 * Context: process, may sleep, at most admin_timeout_ms. May be called in the VF
 * driver's probe.
 * Return: true or false.
 */
bool virtio_pci_admin_has_legacy_regs(struct pci_dev *pdev)
{
	return vp_admin_has_legacy(pdev, ARRAY_SIZE(vp_admin_legacy_rows) - 1);
}
EXPORT_SYMBOL_GPL(virtio_pci_admin_has_legacy_regs);

/**
 * virtio_pci_admin_has_legacy_io() - does the PF support all legacy commands for the VF?
 * @pdev: the VF
 *
 * As virtio_pci_admin_has_legacy_regs(), but LEGACY_NOTIFY_INFO is checked as well: the
 * callers of the kernel's own function of this name cannot do without it.
 *
 * Context: as virtio_pci_admin_has_legacy_regs().
 * Return: true or false.
 */
bool virtio_pci_admin_has_legacy_io(struct pci_dev *pdev)
{
	return vp_admin_has_legacy(pdev, ARRAY_SIZE(vp_admin_legacy_rows));
}
EXPORT_SYMBOL_GPL(virtio_pci_admin_has_legacy_io);

static int vp_admin_legacy_write(struct pci_dev *pdev, enum vp_admin_row_id row, u8 offset,
				 u8 size, const u8 *buf)
{
	struct virtio_admin_abi_legacy_write header = { .offset = offset };
	struct vp_admin_cmd cmd = {
		.row = row,
		/* no padding: the data's length is the width of the access */
		.data = { { &header, sizeof(header) }, { buf, size } },
	};

	return vp_admin_member_exec(pdev, VIRTIO_ADMIN_GROUP_TYPE_SRIOV, &cmd);
}

static int vp_admin_legacy_read(struct pci_dev *pdev, enum vp_admin_row_id row, u8 offset,
				u8 size, u8 *buf)
{
	struct virtio_admin_abi_legacy_read header = { .offset = offset };
	/* the caller's buffer changes on success only */
	u8 registers[VP_ADMIN_LEGACY_DEVICE_MAX];
	struct vp_admin_cmd cmd = {
		.row = row,
		.data = { { &header, sizeof(header) } },
		.result = { { registers, size } },
	};
	int ret;

	ret = vp_admin_member_exec(pdev, VIRTIO_ADMIN_GROUP_TYPE_SRIOV, &cmd);
	if (!ret)
		memcpy(buf, registers, size);
	return ret;
}

/**
 * virtio_pci_admin_legacy_common_io_write() - write a legacy common register
 * @pdev: the VF
 * @offset: bytes from the start of the legacy common configuration, 0 to 23
 * @size: bytes to write, 1 to 4; the access stays within one field
 * @buf: the register's value, little-endian
 *
 * VIRTIO_ADMIN_CMD_LEGACY_COMMON_CFG_WRITE. Offsets 20 to 23 exist only while MSI-X
 * is enabled in the VF, which the device checks.
 *
 * Context: process, may sleep, at most admin_timeout_ms. Callers need no
 * serialization; commands are processed in order only if the next call starts after
 * the previous one has returned.
 * Return: 0; -EINVAL for a bad size or a straddled field, or refused by the device;
 * -ERANGE outside the registers; -EOPNOTSUPP if the device lacks the command;
 * -ENODEV if the PF has no driver, is being reset or is gone; -EIO if it was reset
 * meanwhile or its answer is malformed; -ETIMEDOUT; -EBUSY if the device still holds
 * all slots of this VF; -EINTR after a fatal signal; or another status of the device,
 * mapped to an errno.
 */
int virtio_pci_admin_legacy_common_io_write(struct pci_dev *pdev, u8 offset, u8 size, u8 *buf)
{
	int ret = vp_admin_legacy_check_common(offset, size);

	return ret ?: vp_admin_legacy_write(pdev, VP_ADMIN_LEGACY_COMMON_CFG_WRITE,
					    offset, size, buf);
}
EXPORT_SYMBOL_GPL(virtio_pci_admin_legacy_common_io_write);

/**
 * virtio_pci_admin_legacy_common_io_read() - read a legacy common register
 * @pdev: the VF
 * @offset: bytes from the start of the legacy common configuration, 0 to 23
 * @size: bytes to read, 1 to 4; the access stays within one field
 * @buf: filled on success only, little-endian; bytes the device left out read
 *	as zero
 *
 * VIRTIO_ADMIN_CMD_LEGACY_COMMON_CFG_READ. Reading the ISR status clears it.
 *
 * Context: as virtio_pci_admin_legacy_common_io_write().
 * Return: as virtio_pci_admin_legacy_common_io_write().
 */
int virtio_pci_admin_legacy_common_io_read(struct pci_dev *pdev, u8 offset, u8 size, u8 *buf)
{
	int ret = vp_admin_legacy_check_common(offset, size);

	return ret ?: vp_admin_legacy_read(pdev, VP_ADMIN_LEGACY_COMMON_CFG_READ,
					   offset, size, buf);
}
EXPORT_SYMBOL_GPL(virtio_pci_admin_legacy_common_io_read);

/**
 * virtio_pci_admin_legacy_device_io_write() - write the legacy device configuration
 * @pdev: the VF
 * @offset: bytes from the start of the device-specific configuration
 * @size: bytes to write, 1 to 64; the access stays within one field
 * @buf: the field's value, little-endian
 *
 * VIRTIO_ADMIN_CMD_LEGACY_DEV_CFG_WRITE. The fields depend on the device type, so
 * the device checks the access.
 *
 * Context: as virtio_pci_admin_legacy_common_io_write().
 * Return: as virtio_pci_admin_legacy_common_io_write().
 */
int virtio_pci_admin_legacy_device_io_write(struct pci_dev *pdev, u8 offset, u8 size, u8 *buf)
{
	int ret = vp_admin_legacy_check_device(offset, size);

	return ret ?: vp_admin_legacy_write(pdev, VP_ADMIN_LEGACY_DEV_CFG_WRITE,
					    offset, size, buf);
}
EXPORT_SYMBOL_GPL(virtio_pci_admin_legacy_device_io_write);

/**
 * virtio_pci_admin_legacy_device_io_read() - read the legacy device configuration
 * @pdev: the VF
 * @offset: bytes from the start of the device-specific configuration
 * @size: bytes to read, 1 to 64; the access stays within one field
 * @buf: filled on success only, little-endian; bytes the device left out read
 *	as zero
 *
 * VIRTIO_ADMIN_CMD_LEGACY_DEV_CFG_READ.
 *
 * Context: as virtio_pci_admin_legacy_common_io_write().
 * Return: as virtio_pci_admin_legacy_common_io_write().
 */
int virtio_pci_admin_legacy_device_io_read(struct pci_dev *pdev, u8 offset, u8 size, u8 *buf)
{
	int ret = vp_admin_legacy_check_device(offset, size);

	return ret ?: vp_admin_legacy_read(pdev, VP_ADMIN_LEGACY_DEV_CFG_READ,
					   offset, size, buf);
}
EXPORT_SYMBOL_GPL(virtio_pci_admin_legacy_device_io_read);

/* Return: length of the entry's BAR in bytes, 0 if there is none */
static u64 vp_admin_notify_bar_len(struct pci_dev *pdev,
				   const struct virtio_pci_legacy_notify *entry)
{
	struct pci_dev *owner = pci_physfn(pdev);

	if (entry->bar >= PCI_STD_NUM_BARS)
		return 0;
	if (entry->flags == VIRTIO_PCI_LEGACY_NOTIFY_MEMBER)
		return pci_resource_len(pdev, entry->bar);
	return pci_resource_len(owner, entry->bar);
}

/**
 * virtio_pci_admin_legacy_io_notify_list() - where queue notifications may be written
 * @pdev: the VF
 * @list: filled with up to @max addresses, in the device's order of preference
 * @max: number of elements of @list; VIRTIO_PCI_LEGACY_NOTIFY_MAX is always enough
 *
 * VIRTIO_ADMIN_CMD_LEGACY_NOTIFY_INFO. A notification is a 16-bit write of the
 * virtqueue index, little-endian. Entries that have reserved flags, name a BAR that
 * does not exist, are misaligned or outside their BAR are skipped, as the
 * specification demands. If none is left, notify by writing the Queue Notify
 * register with virtio_pci_admin_legacy_common_io_write().
 *
 * Context: process, may sleep, at most admin_timeout_ms.
 * Return: number of addresses, which may be 0; -EOPNOTSUPP if the device lacks the
 * command; or an error as virtio_pci_admin_legacy_common_io_write().
 */
int virtio_pci_admin_legacy_io_notify_list(struct pci_dev *pdev,
					   struct virtio_pci_legacy_notify *list,
					   unsigned int max)
{
	struct virtio_admin_abi_notify_info info[VIRTIO_ADMIN_ABI_NOTIFY_ENTRIES];
	struct virtio_pci_legacy_notify entries[VIRTIO_ADMIN_ABI_NOTIFY_ENTRIES];
	struct vp_admin_cmd cmd = {
		.row = VP_ADMIN_LEGACY_NOTIFY_INFO,
		.result = { { info, sizeof(info) } },
	};
	unsigned int n, valid = 0;
	int ret;

	ret = vp_admin_member_exec(pdev, VIRTIO_ADMIN_GROUP_TYPE_SRIOV, &cmd);
	if (ret)
		return ret;
	n = vp_admin_notify_decode(info, min_t(size_t, cmd.got, sizeof(info)), entries);
	for (unsigned int i = 0; i < n && valid < max; i++) {
		u64 bar_len = vp_admin_notify_bar_len(pdev, &entries[i]);

		if (virtio_pci_legacy_notify_valid(&entries[i], bar_len))
			list[valid++] = entries[i];
	}
	return valid;
}
EXPORT_SYMBOL_GPL(virtio_pci_admin_legacy_io_notify_list);

/**
 * virtio_pci_admin_legacy_io_notify_info() - the preferred notification address of a kind
 * @pdev: the VF
 * @req_bar_flags: VIRTIO_PCI_LEGACY_NOTIFY_OWNER or VIRTIO_PCI_LEGACY_NOTIFY_MEMBER
 * @bar: on success, number of the BAR
 * @bar_offset: on success, bytes from the BAR's start
 *
 * The first address of that kind in virtio_pci_admin_legacy_io_notify_list().
 *
 * Context: process, may sleep, at most admin_timeout_ms.
 * Return: 0; -ENOENT if the device lists no valid address of that kind; -EINVAL
 * for other flags; or an error as virtio_pci_admin_legacy_io_notify_list().
 */
int virtio_pci_admin_legacy_io_notify_info(struct pci_dev *pdev, u8 req_bar_flags,
					   u8 *bar, u64 *bar_offset)
{
	struct virtio_pci_legacy_notify list[VIRTIO_PCI_LEGACY_NOTIFY_MAX];
	int n;

	if (req_bar_flags != VIRTIO_PCI_LEGACY_NOTIFY_OWNER &&
	    req_bar_flags != VIRTIO_PCI_LEGACY_NOTIFY_MEMBER)
		return -EINVAL;
	n = virtio_pci_admin_legacy_io_notify_list(pdev, list, ARRAY_SIZE(list));
	if (n < 0)
		return n;
	for (int i = 0; i < n; i++) {
		if (list[i].flags != req_bar_flags)
			continue;
		*bar = list[i].bar;
		*bar_offset = list[i].offset;
		return 0;
	}
	return -ENOENT;
}
EXPORT_SYMBOL_GPL(virtio_pci_admin_legacy_io_notify_info);
