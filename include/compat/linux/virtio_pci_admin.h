/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The owner's calls where virtio-pci, with a subset of them, is built into the
 * kernel and ours cannot be loaded.
 */
#ifndef COMPAT_LINUX_VIRTIO_PCI_ADMIN_H
#define COMPAT_LINUX_VIRTIO_PCI_ADMIN_H

#include <linux/kconfig.h>
#include_next <linux/virtio_pci_admin.h>

#if IS_BUILTIN(CONFIG_VIRTIO_PCI) && IS_ENABLED(CONFIG_VIRTIO_PCI_ADMIN_LEGACY)
/* It tells one address of each kind, not the device's order: the nearer first. */
static inline int compat_virtio_pci_admin_notify_list(struct pci_dev *pdev,
						      struct virtio_pci_legacy_notify *list,
						      unsigned int max)
{
	static const u8 kinds[] = {
		VIRTIO_PCI_LEGACY_NOTIFY_MEMBER, VIRTIO_PCI_LEGACY_NOTIFY_OWNER,
	};
	unsigned int count = 0;
	int ret = 0;

	for (unsigned int i = 0; i < sizeof(kinds) && count < max; i++) {
		list[count].flags = kinds[i];
		ret = virtio_pci_admin_legacy_io_notify_info(pdev, kinds[i], &list[count].bar,
							     &list[count].offset);
		if (!ret)
			count++;
	}
	return count ? count : ret;
}

#define virtio_pci_admin_legacy_io_notify_list compat_virtio_pci_admin_notify_list
#endif

#endif /* COMPAT_LINUX_VIRTIO_PCI_ADMIN_H */
