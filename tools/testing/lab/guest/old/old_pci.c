// SPDX-License-Identifier: GPL-2.0-only
/*
 * How did virtio drivers get their interrupts before they knew MSI-X? This one is made
 * for the lab's guests by the specification's sections on the legacy interface, to do as
 * those of Linux up to 2.6.30 and their contemporaries did: one handler for all, on a line
 * that others share; the ISR status says whether the interrupt is this device's, and
 * reading it takes it back; bus mastering is left as it is found.
 *
 * It is not one of them. It finds its NIC or disk, and serves that.
 */
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <uapi/linux/virtio_config.h>

#include "old_virtio.h"

#define LEGACY_ALIGN	4096

/* --- queues --- */

int old_add(struct old_queue *queue, const struct old_piece *pieces, unsigned int count,
	    void *token)
{
	struct vring *ring = &queue->ring;
	u16 first = queue->free, at = first, last = first;

	if (count > queue->free_count)
		return -ENOSPC;
	for (unsigned int i = 0; i < count; i++) {
		struct vring_desc *desc = &ring->desc[at];

		desc->addr = cpu_to_le64(virt_to_phys(pieces[i].at));
		desc->len = cpu_to_le32(pieces[i].len);
		desc->flags = cpu_to_le16((pieces[i].device ? VRING_DESC_F_WRITE : 0) |
					  (i + 1 < count ? VRING_DESC_F_NEXT : 0));
		last = at;
		at = le16_to_cpu(desc->next);
	}
	queue->free = le16_to_cpu(ring->desc[last].next);
	queue->free_count -= count;
	queue->token[first] = token;
	ring->avail->ring[le16_to_cpu(ring->avail->idx) % ring->num] = cpu_to_le16(first);
	/* the device sees the buffer before the index */
	wmb();
	ring->avail->idx = cpu_to_le16(le16_to_cpu(ring->avail->idx) + 1);
	return 0;
}

void old_notify(struct old_device *old, unsigned int queue)
{
	/* the device sees the index before it is asked whether it wants to be told */
	mb();
	if (!(old->queues[queue].ring.used->flags & cpu_to_le16(VRING_USED_F_NO_NOTIFY)))
		iowrite16(queue, old->ports + OLD_QUEUE_NOTIFY);
}

void *old_used(struct old_queue *queue, u32 *len)
{
	struct vring *ring = &queue->ring;
	struct vring_used_elem *elem;
	u16 first, last;

	if (queue->last_used == le16_to_cpu(READ_ONCE(ring->used->idx)))
		return NULL;
	/* the element after the index */
	rmb();
	elem = &ring->used->ring[queue->last_used++ % ring->num];
	first = le32_to_cpu(elem->id);
	*len = le32_to_cpu(elem->len);
	for (last = first; ; last = le16_to_cpu(ring->desc[last].next)) {
		queue->free_count++;
		if (!(ring->desc[last].flags & cpu_to_le16(VRING_DESC_F_NEXT)))
			break;
	}
	ring->desc[last].next = cpu_to_le16(queue->free);
	queue->free = first;
	return queue->token[first];
}

static int make_queue(struct old_device *old, unsigned int index)
{
	struct old_queue *queue = &old->queues[index];
	u16 size;

	iowrite16(index, old->ports + OLD_QUEUE_SELECT);
	size = ioread16(old->ports + OLD_QUEUE_SIZE);
	if (!size)
		return -ENOENT;
	queue->bytes = vring_size(size, LEGACY_ALIGN);
	queue->memory = alloc_pages_exact(queue->bytes, GFP_KERNEL | __GFP_ZERO);
	queue->token = kcalloc(size, sizeof(*queue->token), GFP_KERNEL);
	if (!queue->memory || !queue->token)
		return -ENOMEM;
	vring_init(&queue->ring, size, queue->memory, LEGACY_ALIGN);
	for (u16 i = 0; i < size; i++)
		queue->ring.desc[i].next = cpu_to_le16(i + 1);
	queue->free_count = size;
	iowrite32(virt_to_phys(queue->memory) >> PAGE_SHIFT, old->ports + OLD_QUEUE_ADDRESS);
	return 0;
}

/* After a reset */
static void free_queues(struct old_device *old)
{
	for (unsigned int i = 0; i < OLD_QUEUES; i++) {
		if (old->queues[i].memory)
			free_pages_exact(old->queues[i].memory, old->queues[i].bytes);
		kfree(old->queues[i].token);
	}
}

/* --- the device --- */

static irqreturn_t handler(int irq, void *data)
{
	struct old_device *old = data;
	u8 isr = ioread8(old->ports + OLD_ISR);

	spin_lock(&old->lock);
	if (!isr) {
		old->not_ours++;
	} else {
		old->handled++;
		if (isr & 2 && old->type->config_changed)
			old->type->config_changed(old);
		for (unsigned int i = 0; i < old->type->queues; i++)
			old->type->used(old, i);
	}
	spin_unlock(&old->lock);
	return isr ? IRQ_HANDLED : IRQ_NONE;
}

static bool is_master(struct pci_dev *pdev)
{
	u16 command;

	pci_read_config_word(pdev, PCI_COMMAND, &command);
	return command & PCI_COMMAND_MASTER;
}

static void reset(struct old_device *old)
{
	iowrite8(0, old->ports + OLD_STATUS);
	ioread8(old->ports + OLD_STATUS);
}

static int set_up(struct old_device *old)
{
	u32 features;
	int ret = 0;

	reset(old);
	iowrite8(VIRTIO_CONFIG_S_ACKNOWLEDGE, old->ports + OLD_STATUS);
	iowrite8(VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER, old->ports + OLD_STATUS);
	features = ioread32(old->ports + OLD_DEVICE_FEATURES) & old->type->features;
	iowrite32(features, old->ports + OLD_DRIVER_FEATURES);
	for (unsigned int i = 0; i < old->type->queues && !ret; i++)
		ret = make_queue(old, i);
	if (ret)
		return ret;
	iowrite8(VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER | VIRTIO_CONFIG_S_DRIVER_OK,
		 old->ports + OLD_STATUS);
	return old->type->start(old);
}

static int probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct old_device *old = kzalloc(sizeof(*old), GFP_KERNEL);
	int ret;

	if (!old)
		return -ENOMEM;
	old->pdev = pdev;
	old->type = (void *)id->driver_data;
	spin_lock_init(&old->lock);
	pci_set_drvdata(pdev, old);
	ret = pci_enable_device(pdev);
	if (ret)
		goto err_free;
	/* firmware that boots from the device may have set it, and not all of that did */
	pci_clear_master(pdev);
	old->was_master = is_master(pdev);
	ret = pci_request_regions(pdev, "old-virtio");
	if (ret)
		goto err_disable;
	old->ports = pci_iomap(pdev, 0, 0);
	ret = -ENOMEM;
	if (old->ports)
		ret = request_irq(pdev->irq, handler, IRQF_SHARED, pci_name(pdev), old);
	if (ret)
		goto err_regions;
	ret = set_up(old);
	if (!ret)
		return 0;
	reset(old);
	free_irq(pdev->irq, old);
	free_queues(old);
err_regions:
	if (old->ports)
		pci_iounmap(pdev, old->ports);
	pci_release_regions(pdev);
err_disable:
	pci_disable_device(pdev);
err_free:
	kfree(old);
	return ret;
}

static void remove(struct pci_dev *pdev)
{
	struct old_device *old = pci_get_drvdata(pdev);

	old->type->stop(old);
	reset(old);
	free_irq(pdev->irq, old);
	free_queues(old);
	pci_iounmap(pdev, old->ports);
	pci_release_regions(pdev);
	pci_disable_device(pdev);
	kfree(old);
}

/* handled, not this device's, bus master before and now: for the guest's reports */
static ssize_t interrupts_show(struct device *dev, struct device_attribute *attr, char *text)
{
	struct old_device *old = dev_get_drvdata(dev);

	return sysfs_emit(text, "%lu,%lu,%d,%d\n", old->handled, old->not_ours, old->was_master,
			  is_master(old->pdev));
}
static DEVICE_ATTR_RO(interrupts);

static struct attribute *old_attrs[] = { &dev_attr_interrupts.attr, NULL };
ATTRIBUTE_GROUPS(old);

static const struct pci_device_id ids[] = {
	{ PCI_VDEVICE(REDHAT_QUMRANET, 0x1000), (unsigned long)&old_net },
	{ PCI_VDEVICE(REDHAT_QUMRANET, 0x1001), (unsigned long)&old_blk },
	{}
};
MODULE_DEVICE_TABLE(pci, ids);

static struct pci_driver old_driver = {
	.name = "old-virtio",
	.id_table = ids,
	.probe = probe,
	.remove = remove,
	.dev_groups = old_groups,
};
module_pci_driver(old_driver);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Legacy virtio without MSI-X, for tests");
