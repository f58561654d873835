// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which of the notification addresses that a device lists is used? The first valid
 * one in a BAR of the VF itself, else the first valid one. The order is the device's
 * preference (section "Legacy Interfaces", Group administration commands), but the
 * owner's BAR does not respond while the owner is being reset, and no lock of the
 * VF's driver prevents that access. The list is validated here because not every
 * owner driver does.
 */
#include <linux/kernel.h>
#include <linux/virtio_pci_admin.h>

#include "notify_pick.h"

static u64 bar_size(const struct virtio_pci_legacy_notify *entry,
		    const struct virtiovf_bar_sizes *bars)
{
	if (entry->bar >= VIRTIOVF_BARS)
		return 0;
	switch (entry->flags) {
	case VIRTIO_PCI_LEGACY_NOTIFY_OWNER:
		return bars->owner[entry->bar];
	case VIRTIO_PCI_LEGACY_NOTIFY_MEMBER:
		return bars->member[entry->bar];
	default:
		return 0;
	}
}

/* Return: an entry of @list, or NULL. A negative @count, an error, is an empty list. */
const struct virtio_pci_legacy_notify *
virtiovf_notify_pick(const struct virtio_pci_legacy_notify *list, int count,
		     const struct virtiovf_bar_sizes *bars)
{
	const struct virtio_pci_legacy_notify *picked = NULL;

	for (int i = 0; i < count; i++) {
		if (!virtio_pci_legacy_notify_valid(&list[i], bar_size(&list[i], bars)))
			continue;
		if (list[i].flags == VIRTIO_PCI_LEGACY_NOTIFY_MEMBER)
			return &list[i];
		if (!picked)
			picked = &list[i];
	}
	return picked;
}
