/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which driver sends the commands for a VF's registers? The one bound to the PF (the
 * owner). With a built-in virtio_pci there may be two such drivers: owner_lookup.c.
 */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_OWNER_H
#define DRIVERS_VFIO_PCI_VIRTIO_OWNER_H

#include <linux/virtio_pci_admin.h>

struct pci_dev;

/*
 * The calls of the owner driver of VF @pdev; never NULL, even if the owner has no
 * legacy commands. Valid until they are put: a PF keeps its driver while it has VFs.
 */
#ifdef VIRTIOVF_OWNER_LOOKUP
const struct virtio_pci_admin_calls *virtiovf_admin_get(struct pci_dev *pdev);
void virtiovf_admin_put(const struct virtio_pci_admin_calls *admin);
/* Why do they have no device parts? For the log */
const char *virtiovf_admin_no_parts(const struct virtio_pci_admin_calls *admin);
#else
static inline const struct virtio_pci_admin_calls *virtiovf_admin_get(struct pci_dev *pdev)
{
	static const struct virtio_pci_admin_calls linked = VIRTIO_PCI_ADMIN_CALLS;

	return &linked;
}

static inline void virtiovf_admin_put(const struct virtio_pci_admin_calls *admin)
{
}

static inline const char *virtiovf_admin_no_parts(const struct virtio_pci_admin_calls *admin)
{
	return "the PF has no device parts for it";
}
#endif

#endif /* DRIVERS_VFIO_PCI_VIRTIO_OWNER_H */
