// SPDX-License-Identifier: GPL-2.0-only
/*
 * By which registers are the vectors behind an INTx line programmed? By those of the interface
 * that the driver has set up its queues by: the other one's have no effect meanwhile.
 *
 *	legacy	by the owner's commands; the registers exist while MSI-X is enabled in the VF
 *	modern	by the common configuration, if the guest's accesses to it are trapped
 */
#include <linux/kernel.h>
#include <linux/virtio_pci.h>

#include "bar0_layout.h"
#include "intx_regs.h"
#include "virtiovf.h"

static int legacy_selected(struct virtiovf_device *vf, const struct virtiovf_setup *setup,
			   u16 *queue)
{
	*queue = setup->select;
	return 0;
}

static int legacy_get(struct virtiovf_device *vf, u8 offset, u16 *value)
{
	__le16 data;

	if (vf->admin->legacy_common_io_read(vf->core.pdev, offset, sizeof(data), (u8 *)&data))
		return -EIO;
	*value = le16_to_cpu(data);
	return 0;
}

static int legacy_put(struct virtiovf_device *vf, u8 offset, u16 value)
{
	__le16 data = cpu_to_le16(value);

	return vf->admin->legacy_common_io_write(vf->core.pdev, offset, sizeof(data),
						 (u8 *)&data) ? -EIO : 0;
}

static int legacy_get_status(struct virtiovf_device *vf, u8 *status)
{
	return vf->admin->legacy_common_io_read(vf->core.pdev, VIRTIOVF_ISR_STATUS,
						sizeof(*status), status) ? -EIO : 0;
}

static int modern_selected(struct virtiovf_device *vf, const struct virtiovf_setup *setup,
			   u16 *queue)
{
	return virtiovf_modern_get_common(vf, VIRTIO_PCI_COMMON_Q_SELECT, queue);
}

static const struct virtiovf_intx_regs legacy = {
	.queue_select = VIRTIOVF_QUEUE_SELECT,
	.config_vector = VIRTIOVF_CONFIG_VECTOR,
	.queue_vector = VIRTIOVF_QUEUE_VECTOR,
	.selected = legacy_selected,
	.get = legacy_get,
	.put = legacy_put,
	.get_status = legacy_get_status,
};

static const struct virtiovf_intx_regs modern = {
	.queue_select = VIRTIO_PCI_COMMON_Q_SELECT,
	.config_vector = VIRTIO_PCI_COMMON_MSIX,
	.queue_vector = VIRTIO_PCI_COMMON_Q_MSIX,
	.selected = modern_selected,
	.get = virtiovf_modern_get_common,
	.put = virtiovf_modern_put_common,
	.get_status = virtiovf_modern_get_isr,
};

const struct virtiovf_intx_regs *virtiovf_intx_regs(const struct virtiovf_setup *setup)
{
	return setup->modern ? &modern : &legacy;
}
