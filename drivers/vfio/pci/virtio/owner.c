// SPDX-License-Identifier: GPL-2.0-only
/* Whose commands reach a VF's registers, where there is one virtio_pci? Its own. */
#include "owner.h"

static const struct virtio_pci_admin_calls linked = VIRTIO_PCI_ADMIN_CALLS;

const struct virtio_pci_admin_calls *virtiovf_owner_get(struct pci_dev *pdev)
{
	return &linked;
}

void virtiovf_owner_put(const struct virtio_pci_admin_calls *owner)
{
}
