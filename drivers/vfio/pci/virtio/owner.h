/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose commands reach a VF's registers? The driver's that has the PF (the owner).
 * Where virtio_pci is built in there may be two of them: owner_lookup.c.
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
#ifdef VIRTIOVF_OWNER_LOOKUP
const struct virtio_pci_admin_calls *virtiovf_admin_get(struct pci_dev *pdev);
void virtiovf_admin_put(const struct virtio_pci_admin_calls *admin);
#else
static inline const struct virtio_pci_admin_calls *virtiovf_admin_get(struct pci_dev *pdev)
{
	static const struct virtio_pci_admin_calls linked = VIRTIO_PCI_ADMIN_CALLS;

	return &linked;
}

static inline void virtiovf_admin_put(const struct virtio_pci_admin_calls *admin)
{
}
#endif

#endif /* DRIVERS_VFIO_PCI_VIRTIO_OWNER_H */
