// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose commands reach a VF's registers, where virtio_pci is built in? Ours beside
 * it is asked first, then the built-in one, which knows nothing of PFs that are
 * not its own.
 *
 * Ours need not be there, and may come after this module: so it is looked up for
 * each VF, and holds as long as the VF is bound.
 */
#include <linux/module.h>
#include <linux/pci.h>

#include "owner.h"

static const struct virtio_pci_admin_calls built_in = VIRTIO_PCI_ADMIN_CALLS;

/* symbol_get() compares no checksums */
static bool same_version(struct pci_dev *pdev, const struct virtio_pci_admin_calls *admin)
{
	if (admin->size == built_in.size)
		return true;
	pci_warn(pdev, "virtio_pci_owner is of another version, and not used: install both anew\n");
	return false;
}

const struct virtio_pci_admin_calls *virtiovf_admin_get(struct pci_dev *pdev)
{
	const struct virtio_pci_admin_calls *ours = symbol_get(vpo_admin_calls);

	if (!ours)
		return &built_in;
	if (same_version(pdev, ours) && ours->has_legacy_io(pdev))
		return ours;
	symbol_put(vpo_admin_calls);
	return &built_in;
}

void virtiovf_admin_put(const struct virtio_pci_admin_calls *admin)
{
	if (admin != &built_in)
		symbol_put(vpo_admin_calls);
}
