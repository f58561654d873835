// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which of two owner drivers serves a VF when virtio_pci is built in? virtio_pci_owner
 * is tried first, then the built-in one; each knows only the PFs bound to it.
 *
 * virtio_pci_owner may be absent, or loaded after this module: so it is looked up for
 * each VF, and its module is referenced as long as the VF is bound.
 */
#include <linux/module.h>
#include <linux/pci.h>

#include "owner.h"

static const struct virtio_pci_admin_calls built_in = VIRTIO_PCI_ADMIN_CALLS;

/* symbol_get() does not check the symbol's CRC */
static bool same_version(struct pci_dev *pdev, const struct virtio_pci_admin_calls *admin)
{
	if (admin->size == built_in.size && admin->abi == built_in.abi)
		return true;
	pci_warn(pdev, "virtio_pci_owner ignored: its interface is of another version, reinstall both modules (abi %u, size %zu; here %u, %zu)\n",
		 admin->abi, admin->size, built_in.abi, built_in.size);
	return false;
}

const struct virtio_pci_admin_calls *virtiovf_admin_get(struct pci_dev *pdev)
{
	const struct virtio_pci_admin_calls *ours = symbol_get(vpo_admin_calls);

	if (!ours)
		return &built_in;
	if (same_version(pdev, ours) && (ours->has_legacy_regs(pdev) || ours->has_dev_parts(pdev)))
		return ours;
	symbol_put(vpo_admin_calls);
	return &built_in;
}

void virtiovf_admin_put(const struct virtio_pci_admin_calls *admin)
{
	if (admin != &built_in)
		symbol_put(vpo_admin_calls);
}

const char *virtiovf_admin_no_parts(const struct virtio_pci_admin_calls *admin)
{
	return admin == &built_in ?
	       "this kernel's virtio_pci has no device parts: give the PF to virtio_pci_owner" :
	       "the PF has no device parts for it";
}
