// SPDX-License-Identifier: GPL-2.0-only
/* the kernel's virtio-pci is ours, laid over its tree: it has all of our calls */
#include <linux/pci.h>
#include <linux/virtio_pci_admin.h>

int probe(struct pci_dev *pdev, struct virtio_pci_legacy_notify *list);
int probe(struct pci_dev *pdev, struct virtio_pci_legacy_notify *list)
{
	return virtio_pci_admin_legacy_io_notify_list(pdev, list, 1);
}
