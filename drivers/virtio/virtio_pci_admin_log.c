// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a VF's driver learn which pages the VF has written to? By the owner's
 * commands for the DMA write log, Documentation/dirty-log.rst.
 *
 * The specification has no such commands and no opcodes for them. So a device is not sent
 * any unless the parameter names their first opcode and the device lists them, and a log
 * is not started before the device has identified itself.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/virtio_pci_admin.h>

#include "virtio_pci_admin_priv.h"

/*
 * It can be set once: a device's opcodes never mean another command than those that
 * were negotiated. After the first command for a VF it has no effect before the PF's
 * next reset.
 */
static int vp_admin_log_opcode_set(const char *text, const struct kernel_param *param)
{
	u16 opcode;
	int ret = kstrtou16(text, 0, &opcode);

	if (ret)
		return ret;
	if (!vp_admin_log_opcode_valid(opcode))
		return -EINVAL;
	if (vp_admin_log_opcode && opcode != vp_admin_log_opcode)
		return -EBUSY;
	WRITE_ONCE(vp_admin_log_opcode, opcode);
	return 0;
}

static const struct kernel_param_ops vp_admin_log_opcode_ops = {
	.set = vp_admin_log_opcode_set,
	.get = param_get_ushort,
};

module_param_cb(dirty_log_opcode, &vp_admin_log_opcode_ops, &vp_admin_log_opcode, 0644);
MODULE_PARM_DESC(dirty_log_opcode,
		 "first opcode of the device's DMA write log commands (18 to 124; default 0, none)");

/**
 * virtio_pci_admin_dma_log_limits() - can the VF's writes be logged, and how?
 * @pdev: the VF
 * @limits: on success, what the device's log is able to do
 *
 * DMA_LOG_IDENTITY.
 *
 * Context: process, may sleep, at most admin_timeout_ms. May be called in the VF
 * driver's probe.
 * Return: 0; -EOPNOTSUPP if the device has no log, or none that is known here; or an error
 * as virtio_pci_admin_legacy_common_io_write().
 */
int virtio_pci_admin_dma_log_limits(struct pci_dev *pdev,
				    struct virtio_pci_admin_log_limits *limits)
{
	struct virtio_admin_abi_log_identity identity;
	struct vp_admin_cmd cmd = {
		.row = VP_ADMIN_DMA_LOG_IDENTITY,
		.result = { { &identity, sizeof(identity) } },
	};
	int ret = vp_admin_member_exec(pdev, VIRTIO_ADMIN_GROUP_TYPE_SRIOV, &cmd);

	return ret ?: vp_admin_log_decode(&identity, limits);
}
EXPORT_SYMBOL_GPL(virtio_pci_admin_dma_log_limits);

static int vp_admin_log_start(struct pci_dev *pdev, u8 page_shift,
			      const struct virtio_admin_abi_log_range *ranges, u16 count)
{
	struct virtio_admin_abi_log_start header = {
		.page_shift = page_shift,
		.ranges = cpu_to_le16(count),
	};
	struct vp_admin_cmd cmd = {
		.row = VP_ADMIN_DMA_LOG_START,
		.data = { { &header, sizeof(header) }, { ranges, count * sizeof(*ranges) } },
	};

	return vp_admin_member_exec(pdev, VIRTIO_ADMIN_GROUP_TYPE_SRIOV, &cmd);
}

/**
 * virtio_pci_admin_dma_log_start() - log the pages that the VF writes to
 * @pdev: the VF
 * @page_shift: page size of the log, as a power of two; one of the limits
 * @ranges: disjoint, multiples of the page size
 * @count: of @ranges, 1 to the limit
 *
 * DMA_LOG_IDENTITY and DMA_LOG_START. Every page that the VF writes to after the
 * device's answer, also for a request that it took before, will be in the log. If a log is
 * running it ends, and its pages are lost. A function level reset of the VF, a reset of the
 * PF and disabling VFs end the log.
 *
 * Context: process, may sleep, at most twice admin_timeout_ms. After -ETIMEDOUT and -EINTR
 * the device may still execute the command.
 * Return: 0; -EINVAL for other arguments, or refused by the device; -ENOSPC if the ranges
 * are too large; -EOPNOTSUPP; -ENOMEM; or an error as
 * virtio_pci_admin_legacy_common_io_write().
 */
int virtio_pci_admin_dma_log_start(struct pci_dev *pdev, u8 page_shift,
				   const struct virtio_pci_admin_log_range *ranges,
				   unsigned int count)
{
	struct virtio_admin_abi_log_range *list;
	struct virtio_pci_admin_log_limits limits;
	int ret = virtio_pci_admin_dma_log_limits(pdev, &limits);

	if (ret)
		return ret;
	if (page_shift > 31 || !(limits.page_sizes & BIT(page_shift)) || !count ||
	    count > limits.ranges)
		return -EINVAL;
	list = kcalloc(count, sizeof(*list), GFP_KERNEL);
	if (!list)
		return -ENOMEM;
	for (unsigned int i = 0; i < count; i++) {
		list[i].address = cpu_to_le64(ranges[i].iova);
		list[i].length = cpu_to_le64(ranges[i].length);
	}
	ret = vp_admin_log_start(pdev, page_shift, list, count);
	kfree(list);
	return ret;
}
EXPORT_SYMBOL_GPL(virtio_pci_admin_dma_log_start);

static int vp_admin_log_read(struct pci_dev *pdev, u64 iova, u64 length, u8 *bitmap, u32 bytes)
{
	struct virtio_admin_abi_log_range window = {
		.address = cpu_to_le64(iova),
		.length = cpu_to_le64(length),
	};
	struct vp_admin_cmd cmd = {
		.row = VP_ADMIN_DMA_LOG_READ,
		.data = { { &window, sizeof(window) } },
		.result = { { bitmap, bytes } },
	};
	int ret = vp_admin_member_exec(pdev, VIRTIO_ADMIN_GROUP_TYPE_SRIOV, &cmd);

	return !ret && cmd.got < bytes ? -EIO : ret;
}

/**
 * virtio_pci_admin_dma_log_read() - read and clear a part of the log
 * @pdev: the VF
 * @window: pages of one command, at most: the limit
 * @page_shift: that of the log
 * @iova: the first page
 * @pages: number of pages from there, which must all be in one range
 * @bitmap: DIV_ROUND_UP(@pages, 8) bytes: on success, bit n % 8 of byte n / 8 is set if the
 *	VF has written to page n since it was last read. Bits behind the last page are
 *	undefined.
 *
 * DMA_LOG_READ, as often as needed.
 *
 * Context: process, may sleep, at most admin_timeout_ms for each command. After an error
 * pages may have been cleared in the log that are not in @bitmap: it is not complete any
 * more.
 * Return: 0; -ENXIO if no log is running; -EINVAL for another window; -EIO if the answer is
 * too short; or an error as virtio_pci_admin_legacy_common_io_write().
 */
int virtio_pci_admin_dma_log_read(struct pci_dev *pdev, u32 window, u8 page_shift, u64 iova,
				  u64 pages, u8 *bitmap)
{
	u64 most = round_down(window, BITS_PER_BYTE);

	if (!most || !pages)
		return -EINVAL;
	while (pages) {
		u64 n = min(pages, most);
		u32 bytes = DIV_ROUND_UP_ULL(n, BITS_PER_BYTE);
		int ret = vp_admin_log_read(pdev, iova, n << page_shift, bitmap, bytes);

		if (ret)
			return ret;
		iova += n << page_shift;
		pages -= n;
		bitmap += bytes;
	}
	return 0;
}
EXPORT_SYMBOL_GPL(virtio_pci_admin_dma_log_read);

/**
 * virtio_pci_admin_dma_log_stop() - end the log
 * @pdev: the VF
 *
 * DMA_LOG_STOP. Succeeds if there is none.
 *
 * Context: process, may sleep, at most admin_timeout_ms.
 * Return: 0; or an error as virtio_pci_admin_legacy_common_io_write().
 */
int virtio_pci_admin_dma_log_stop(struct pci_dev *pdev)
{
	struct vp_admin_cmd cmd = { .row = VP_ADMIN_DMA_LOG_STOP };

	return vp_admin_member_exec(pdev, VIRTIO_ADMIN_GROUP_TYPE_SRIOV, &cmd);
}
EXPORT_SYMBOL_GPL(virtio_pci_admin_dma_log_stop);
