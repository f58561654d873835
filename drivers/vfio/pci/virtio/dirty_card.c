// SPDX-License-Identifier: GPL-2.0-only
/* How does the device log what it writes to? By commands of its owner. */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "dirty_plan.h"
#include "virtiovf.h"

/* A command may return a status of the device: never let it choose our errno */
static int errno_of(int ret)
{
	return !ret || IS_ERR_VALUE((long)ret) ? ret : -EIO;
}

static int card_start(struct virtiovf_device *vf)
{
	const struct virtiovf_dirty *dirty = &vf->dirty;
	struct virtio_pci_admin_log_range *list;
	int ret;

	list = kcalloc(dirty->count, sizeof(*list), GFP_KERNEL_ACCOUNT);
	if (!list)
		return -ENOMEM;
	for (unsigned int i = 0; i < dirty->count; i++) {
		list[i].iova = dirty->ranges[i].first;
		list[i].length = dirty->ranges[i].last - dirty->ranges[i].first + 1;
	}
	ret = errno_of(vf->admin->dma_log_start(vf->core.pdev, dirty->shift, list, dirty->count));
	kfree(list);
	return ret;
}

static int card_read(struct virtiovf_device *vf, u64 iova, u32 pages, u8 *bits)
{
	const struct virtiovf_dirty *dirty = &vf->dirty;

	return errno_of(vf->admin->dma_log_read(vf->core.pdev, dirty->limits.window, dirty->shift,
						iova, pages, bits));
}

/* If it fails, the device goes on until a reset or the next start */
static int card_stop(struct virtiovf_device *vf)
{
	return errno_of(vf->admin->dma_log_stop(vf->core.pdev));
}

static const struct virtiovf_dirty_source card_source = {
	.name = "card",
	.start = card_start,
	.read = card_read,
	.stop = card_stop,
};

/* Sets the limits of the log. Return: NULL if the device has none */
const struct virtiovf_dirty_source *virtiovf_dirty_card(struct virtiovf_device *vf)
{
	struct virtio_pci_admin_log_limits *limits = &vf->dirty.limits;

	if (!vf->admin->dma_log_limits(vf->core.pdev, limits))
		return &card_source;
	memset(limits, 0, sizeof(*limits));
	return NULL;
}
