// SPDX-License-Identifier: GPL-2.0-only
/* our virtio-pci was copied into the kernel tree: it exports all of our functions */
#include <linux/pci.h>
#include <linux/virtio_pci_admin.h>

int probe(struct pci_dev *pdev, struct virtio_pci_legacy_notify *list);
int probe(struct pci_dev *pdev, struct virtio_pci_legacy_notify *list)
{
	return virtio_pci_admin_legacy_io_notify_list(pdev, list, 1);
}
