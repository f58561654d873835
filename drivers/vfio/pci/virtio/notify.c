// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a driver notification reach the device? By a write to the address that
 * the device names, without a lock, an allocation or a command; or, if it names no
 * valid address, by an admin command that writes the notify register.
 *
 * The address is queried at the first notification, under the VF's own bar0_lock,
 * and not at open: vfio opens all functions of a bus under one lock, so a VF that
 * does not answer would block the others.
 */
#include <linux/io.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/pci.h>

#include "bar0_layout.h"
#include "notify_pick.h"
#include "virtiovf.h"

/* A query that failed for a transient reason is retried after this time, in jiffies */
#define NOTIFY_QUERY_AGAIN	(10 * HZ)

static void memory_bars(struct pci_dev *pdev, u64 sizes[VIRTIOVF_BARS])
{
	for (int bar = 0; bar < VIRTIOVF_BARS; bar++)
		sizes[bar] = pci_resource_flags(pdev, bar) & IORESOURCE_MEM ?
			     pci_resource_len(pdev, bar) : 0;
}

/* Did the device itself answer? Any other error is transient. */
static bool is_answer(int ret)
{
	return ret >= 0 || ret == -EOPNOTSUPP || ret == -EINVAL;
}

static void map_address(struct virtiovf_device *vf, const struct virtio_pci_legacy_notify *entry)
{
	struct pci_dev *pdev = vf->core.pdev;
	void __iomem *address;

	vf->notify.member = entry->flags == VIRTIO_PCI_LEGACY_NOTIFY_MEMBER;
	if (!vf->notify.member)
		pdev = pci_physfn(pdev);
	address = ioremap(pci_resource_start(pdev, entry->bar) + entry->offset, sizeof(u16));
	/* pairs with virtiovf_notify_address(): a reader of the address sees notify.member */
	smp_store_release(&vf->notify.address, address);
}

/*
 * A failure costs speed only. The result holds until the device is closed: the
 * address may move with a reset of the PF or new firmware, so each open queries anew.
 */
static void query_address(struct virtiovf_device *vf)
{
	struct virtio_pci_legacy_notify list[VIRTIO_PCI_LEGACY_NOTIFY_MAX];
	struct pci_dev *member = vf->core.pdev;
	const struct virtio_pci_legacy_notify *entry;
	struct virtiovf_bar_sizes bars;
	int count;

	memory_bars(pci_physfn(member), bars.owner);
	memory_bars(member, bars.member);
	count = vf->admin->legacy_io_notify_list(member, list, ARRAY_SIZE(list));
	entry = virtiovf_notify_pick(list, count, &bars);
	if (entry)
		map_address(vf, entry);
	vf->notify.answered = is_answer(count);
	vf->notify.query_again = jiffies + NOTIFY_QUERY_AGAIN;
	if (!vf->notify.address)
		pci_info_ratelimited(member,
				     "no valid notification address (query returned %d): notifying by admin command\n",
				     count);
}

/* Return: whether notifications are written to an address; true holds until close */
bool virtiovf_notify_query(struct virtiovf_device *vf)
{
	lockdep_assert_held(&vf->bar0_lock);
	if (!vf->notify.address && !vf->notify.answered &&
	    time_after_eq(jiffies, vf->notify.query_again))
		query_address(vf);
	return vf->notify.address;
}

void virtiovf_notify_open(struct virtiovf_device *vf)
{
	vf->notify.query_again = jiffies;
}

void virtiovf_notify_close(struct virtiovf_device *vf)
{
	if (vf->notify.address)
		iounmap(vf->notify.address);
	memset(&vf->notify, 0, sizeof(vf->notify));
}

/*
 * The owner's BAR does not respond while the owner is being reset, recovers from an
 * error or is suspended, and some platforms turn such an access into a fatal error.
 * The PCI core blocks configuration accesses for the time of a reset, and that flag
 * can be read in any context. A reset that begins between the test and the write is
 * not seen.
 */
static bool owner_answers(struct virtiovf_device *vf)
{
	struct pci_dev *owner = pci_physfn(vf->core.pdev);

	return !owner->block_cfg_access && !pci_channel_offline(owner) &&
	       READ_ONCE(owner->current_state) == PCI_D0;
}

/*
 * vfio-pci-core's rule for a BAR of the VF: no access while the function is being
 * reset or in D3; both take memory_lock for writing.
 */
static int notify_member_locked(struct virtiovf_device *vf, void __iomem *address, u16 queue)
{
	lockdep_assert_held_read(&vf->core.memory_lock);
	if (!virtiovf_awake(vf))
		return -EIO;
	writew(queue, address);
	return 0;
}

static int notify_member(struct virtiovf_device *vf, u16 queue)
{
	int ret;

	down_read(&vf->core.memory_lock);
	ret = notify_member_locked(vf, vf->notify.address, queue);
	up_read(&vf->core.memory_lock);
	return ret;
}

/* The owner's driver fails the command if the owner cannot execute it now */
static int notify_by_command(struct virtiovf_device *vf, u16 queue)
{
	__le16 data = cpu_to_le16(queue);

	return vf->admin->legacy_common_io_write(vf->core.pdev, VIRTIOVF_QUEUE_NOTIFY,
						 sizeof(data), (u8 *)&data);
}

/* The caller holds bar0_lock unless there is a notification address */
int virtiovf_notify(struct virtiovf_device *vf, u16 queue)
{
	if (!virtiovf_notify_address(vf) && !virtiovf_notify_query(vf))
		return notify_by_command(vf, queue);
	if (vf->notify.member)
		return notify_member(vf, queue);
	if (!owner_answers(vf))
		return notify_by_command(vf, queue);
	writew(queue, vf->notify.address);
	return 0;
}

/*
 * @address: in a BAR of the VF's own, which is accessible while memory_lock is held, unless
 * its user has enabled runtime PM. Context and return: as for virtiovf_notify_fast()
 */
int virtiovf_notify_member_fast(struct virtiovf_device *vf, void __iomem *address, u16 queue)
{
	int ret;

	if (!down_read_trylock(&vf->core.memory_lock))
		return -EAGAIN;
	ret = vf->core.pm_runtime_engaged ? -EAGAIN : notify_member_locked(vf, address, queue);
	up_read(&vf->core.memory_lock);
	return ret;
}

/*
 * Context: any.
 * Return: 0, -EIO, or -EAGAIN if the slow path must be taken: locks, power, a command
 */
int virtiovf_notify_fast(struct virtiovf_device *vf, u16 queue)
{
	void __iomem *address = virtiovf_notify_address(vf);

	if (!address || !virtiovf_io_decoded(vf))
		return -EAGAIN;
	if (!vf->notify.member) {
		if (!owner_answers(vf))
			return -EAGAIN;
		writew(queue, address);
		return 0;
	}
	return virtiovf_notify_member_fast(vf, address, queue);
}
