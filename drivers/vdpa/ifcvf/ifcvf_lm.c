// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is a function suspended, and its queues' places read and set? By registers:
 *
 * - A queue is stopped by queue_enable = 0, which reads as 1 until that is done.
 * - BAR 4 starts with an area for live migration, where each queue has a word: in the low
 *   half the next available entry, in the high half the next used one.
 *
 * What is known of the area comes from public drivers, which agree on the words of the
 * first queue pair of a network device and of the first queue of a block device. A device
 * with more queues cannot be suspended.
 *
 * The log of written pages that the area controls is not used: nothing on the bus needs it.
 */
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/jiffies.h>
#include <linux/pci.h>
#include <uapi/linux/virtio_ids.h>

#include "ifcvf.h"

#define IFCVF_LM_BAR		4
#define IFCVF_LM_PLACES		0x20
#define IFCVF_LM_LEN		0x40

static u32 ifcvf_lm_queues(const struct vpv_device *vp)
{
	return vp->vdev.info.device_id == VIRTIO_ID_NET ? 2 : 1;
}

/* A function with virtio's registers there is another one with the same ids */
static bool ifcvf_lm_is_free(const struct vpv_device *vp)
{
	for (int type = 0; type < VP_REGIONS; type++) {
		const struct vp_region *region = &vp->func->regs.caps.region[type];

		if (region->length && region->bar == IFCVF_LM_BAR && region->offset < IFCVF_LM_LEN)
			return false;
	}
	return true;
}

static const char *ifcvf_lm_missing(const struct vpv_device *vp)
{
	struct pci_dev *pdev = vp->func->pdev;

	if (!(pci_resource_flags(pdev, IFCVF_LM_BAR) & IORESOURCE_MEM) ||
	    pci_resource_len(pdev, IFCVF_LM_BAR) < IFCVF_LM_LEN)
		return "no BAR 4";
	if (!ifcvf_lm_is_free(vp))
		return "virtio's registers are where queues' places should be";
	return NULL;
}

/* virtio's registers may be in the same BAR, further on */
static bool ifcvf_lm_requested(const struct vpv_device *vp)
{
	return vp->func->regs.bars & BIT(IFCVF_LM_BAR);
}

static int ifcvf_lm_request(struct vpv_device *vp)
{
	return ifcvf_lm_requested(vp) ? 0 :
	       pci_request_region(vp->func->pdev, IFCVF_LM_BAR, "ifcvf");
}

static void ifcvf_lm_release(struct vpv_device *vp)
{
	if (!ifcvf_lm_requested(vp))
		pci_release_region(vp->func->pdev, IFCVF_LM_BAR);
}

static int ifcvf_lm_get(struct vpv_device *vp)
{
	const char *missing = ifcvf_lm_missing(vp);
	int ret;

	if (vp->vdev.info.nvqs > ifcvf_lm_queues(vp)) {
		dev_notice(&vp->vdev.dev, "cannot be suspended: it has %u queues, but the indices of only %u are known\n",
			   vp->vdev.info.nvqs, ifcvf_lm_queues(vp));
		return -EOPNOTSUPP;
	}
	if (missing) {
		dev_notice(&vp->vdev.dev, "cannot be suspended: %s\n", missing);
		return -EOPNOTSUPP;
	}
	ret = ifcvf_lm_request(vp);
	if (ret)
		return ret;
	vp->lm = pci_iomap_range(vp->func->pdev, IFCVF_LM_BAR, 0, IFCVF_LM_LEN);
	if (vp->lm)
		return 0;
	ifcvf_lm_release(vp);
	return -ENOMEM;
}

static void ifcvf_lm_put(struct vpv_device *vp)
{
	pci_iounmap(vp->func->pdev, vp->lm);
	vp->lm = NULL;
	ifcvf_lm_release(vp);
}

static void __iomem *ifcvf_lm_at(struct vpv_device *vp, u16 idx)
{
	return vp->lm + IFCVF_LM_PLACES + sizeof(u32) * idx;
}

static int ifcvf_lm_where(struct vpv_device *vp, u16 idx, struct vpv_place *place)
{
	*place = (struct vpv_place) { .avail = ioread16(ifcvf_lm_at(vp, idx)) };
	return 0;
}

/* A queue that is not enabled has no buffer that is taken and not used */
static int ifcvf_lm_place(struct vpv_device *vp, u16 idx, bool moved)
{
	u16 place = vp->queues[idx].place.avail;

	iowrite32(place | (u32)place << 16, ifcvf_lm_at(vp, idx));
	return 0;
}

/* Write queue_enable, or read it. Return: is the queue enabled? */
static bool ifcvf_queue_enabled(struct vpv_device *vp, u16 idx, bool disable)
{
	const struct vp_common *common = &vp->func->regs.common;

	lockdep_assert_held(&vp->lock);
	vp_reg_write(common, VP_QUEUE_SELECT, idx);
	if (disable)
		vp_reg_write(common, VP_QUEUE_ENABLE, 0);
	return vp_reg_read(common, VP_QUEUE_ENABLE);
}

/* Has the queue used every buffer it has taken? */
static bool ifcvf_queue_done(struct vpv_device *vp, u16 idx)
{
	struct vpv_place place;
	u16 used;

	if (ifcvf_queue_enabled(vp, idx, false))
		return false;
	ifcvf_lm_where(vp, idx, &place);
	return !vpv_ring_used(vp, idx, &used) && used == place.avail;
}

/* Return: are all queues stopped? */
static bool ifcvf_queues_stop(struct vpv_device *vp, bool begin)
{
	bool done = true;

	mutex_lock(&vp->lock);
	for (u32 i = 0; i < vp->vdev.info.nvqs; i++) {
		if (!vp->queues[i].enabled)
			continue;
		if (begin)
			ifcvf_queue_enabled(vp, i, true);
		done &= ifcvf_queue_done(vp, i);
	}
	mutex_unlock(&vp->lock);
	return done;
}

static int ifcvf_lm_suspend(struct vpv_device *vp)
{
	unsigned long start = jiffies;
	bool late = false;

	/* the words have no room for wrap counters */
	if (vpv_has(vp, VIRTIO_F_RING_PACKED))
		return -EOPNOTSUPP;
	for (bool begin = true; !ifcvf_queues_stop(vp, begin); begin = false) {
		if (late) {
			dev_err_ratelimited(&vp->vdev.dev, "the function does not stop its queues in %u ms: bus mastering disabled\n",
					    jiffies_to_msecs(jiffies - start));
			vpv_lost(vp);
			return -EIO;
		}
		usleep_range(200, 1000);
		late = time_after(jiffies, start + msecs_to_jiffies(vpv_timeout_ms(vp))) ||
		       READ_ONCE(vp->dead);
	}
	return 0;
}

static int ifcvf_queue_resume(struct vpv_device *vp, u16 idx)
{
	lockdep_assert_held(&vp->lock);
	ifcvf_lm_where(vp, idx, &vp->queues[idx].place);
	ifcvf_lm_place(vp, idx, true);
	return vpv_queue_enable(vp, idx);
}

static int ifcvf_lm_resume(struct vpv_device *vp)
{
	int ret = 0;

	mutex_lock(&vp->lock);
	for (u32 i = 0; i < vp->vdev.info.nvqs && !ret; i++)
		if (vp->queues[i].enabled)
			ret = ifcvf_queue_resume(vp, i);
	mutex_unlock(&vp->lock);
	return ret;
}

static int ifcvf_lm_begin(struct vpv_device *vp, bool moved)
{
	return 0;
}

static int ifcvf_lm_commit(struct vpv_device *vp)
{
	return 0;
}

const struct vpv_place_ops ifcvf_places = {
	.get = ifcvf_lm_get,
	.put = ifcvf_lm_put,
	.moves = true,
	.suspend = ifcvf_lm_suspend,
	.resume = ifcvf_lm_resume,
	.begin = ifcvf_lm_begin,
	.place = ifcvf_lm_place,
	.commit = ifcvf_lm_commit,
	.where = ifcvf_lm_where,
};
