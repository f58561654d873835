// SPDX-License-Identifier: GPL-2.0-only
/* the kernel's own virtio-pci exports the legacy admin commands (6.8, if configured) */
#include <linux/pci.h>
#include <linux/virtio_pci_admin.h>

bool probe(struct pci_dev *pdev);
bool probe(struct pci_dev *pdev)
{
	return virtio_pci_admin_has_legacy_io(pdev);
}
