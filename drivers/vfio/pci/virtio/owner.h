/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose commands reach a VF's registers? The driver's that has the PF (the owner).
 * One of owner.c and owner_beside.c is built.
 */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_OWNER_H
#define DRIVERS_VFIO_PCI_VIRTIO_OWNER_H

#include <linux/virtio_pci_admin.h>

struct pci_dev;

/*
 * The calls of VF @pdev's owner, which may turn out to lack what a legacy
 * interface takes; never NULL. They stay until they are put: a PF does not change
 * its driver while it has VFs.
 */
const struct virtio_pci_admin_calls *virtiovf_owner_get(struct pci_dev *pdev);
void virtiovf_owner_put(const struct virtio_pci_admin_calls *owner);

#endif /* DRIVERS_VFIO_PCI_VIRTIO_OWNER_H */
