// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a driver notification reach the device? By a write to the address
 * that the device named, without lock of ours, allocation or command; or, when it
 * named none that is any good, by a command that writes the notify register.
 */
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/pci.h>

#include "bar0_layout.h"
#include "notify_pick.h"
#include "virtiovf.h"

static void memory_bars(struct pci_dev *pdev, u64 sizes[VIRTIOVF_BARS])
{
	for (int bar = 0; bar < VIRTIOVF_BARS; bar++)
		sizes[bar] = pci_resource_flags(pdev, bar) & IORESOURCE_MEM ?
			     pci_resource_len(pdev, bar) : 0;
}

/*
 * The device is asked each time it is opened: a reset of the PF, or new firmware,
 * may have moved the addresses. Whatever goes wrong here costs speed only.
 */
void virtiovf_notify_open(struct virtiovf_device *vf)
{
	struct virtio_pci_legacy_notify list[VIRTIO_PCI_LEGACY_NOTIFY_MAX];
	struct pci_dev *member = vf->core.pdev, *owner = pci_physfn(member), *pdev;
	const struct virtio_pci_legacy_notify *entry;
	struct virtiovf_bar_sizes bars;
	int count;

	memory_bars(owner, bars.owner);
	memory_bars(member, bars.member);
	count = vf->admin->legacy_io_notify_list(member, list, ARRAY_SIZE(list));
	entry = virtiovf_notify_pick(list, count, &bars);
	if (entry) {
		vf->notify.member = entry->flags == VIRTIO_PCI_LEGACY_NOTIFY_MEMBER;
		pdev = vf->notify.member ? member : owner;
		vf->notify.address = ioremap(pci_resource_start(pdev, entry->bar) + entry->offset,
					     sizeof(u16));
	}
	if (!vf->notify.address)
		pci_info_ratelimited(member,
				     "no notification address (%d): each notification is a command\n",
				     count);
}

void virtiovf_notify_close(struct virtiovf_device *vf)
{
	if (vf->notify.address)
		iounmap(vf->notify.address);
	vf->notify.address = NULL;
}

/*
 * vfio-pci-core's rule for a BAR of the VF: none while the function is reset or
 * sleeps, which memory_lock keeps it from.
 */
static int notify_member_locked(struct virtiovf_device *vf, u16 queue)
{
	lockdep_assert_held_read(&vf->core.memory_lock);
	if (!virtiovf_awake(vf))
		return -EIO;
	writew(queue, vf->notify.address);
	return 0;
}

static int notify_member(struct virtiovf_device *vf, u16 queue)
{
	int ret;

	down_read(&vf->core.memory_lock);
	ret = notify_member_locked(vf, queue);
	up_read(&vf->core.memory_lock);
	return ret;
}

int virtiovf_notify(struct virtiovf_device *vf, u16 queue)
{
	__le16 data = cpu_to_le16(queue);

	if (!vf->notify.address)
		return vf->admin->legacy_common_io_write(vf->core.pdev, VIRTIOVF_QUEUE_NOTIFY,
							 sizeof(data), (u8 *)&data);
	if (vf->notify.member)
		return notify_member(vf, queue);
	writew(queue, vf->notify.address);
	return 0;
}

/*
 * In any context. An awake function needs nobody to wake it, and the owner's BAR is
 * there whatever becomes of the VF; one of the VF's own is there while memory_lock
 * is held, if its user has not allowed it to sleep.
 * Return: -EAGAIN if the long way has to be gone: locks, power, a command
 */
int virtiovf_notify_fast(struct virtiovf_device *vf, u16 queue)
{
	int ret;

	if (!vf->notify.address || !virtiovf_io_decoded(vf))
		return -EAGAIN;
	if (!vf->notify.member) {
		writew(queue, vf->notify.address);
		return 0;
	}
	if (!down_read_trylock(&vf->core.memory_lock))
		return -EAGAIN;
	ret = vf->core.pm_runtime_engaged ? -EAGAIN : notify_member_locked(vf, queue);
	up_read(&vf->core.memory_lock);
	return ret;
}
