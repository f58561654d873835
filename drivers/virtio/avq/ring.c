// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which slots does the device own, and may it return this one?
 *
 * Both ring formats pass their used entries to vp_ring_get(), the only place that
 * validates them. A fault is sticky: after one invalid entry, no entry is read again
 * before the device was reset.
 */
#include <linux/errno.h>
#include <linux/kernel.h>

#include "ring.h"

void vp_ring_init(struct vp_ring *ring, void *mem)
{
	struct vp_ring_layout layout;

	ring->ops->layout(ring->num, &layout);
	ring->desc = mem;
	ring->driver = mem + layout.driver;
	ring->device = mem + layout.device;
	ring->fault = NULL;
	ring->inflight = 0;
	ring->ops->init(ring);
}

void vp_ring_add(struct vp_ring *ring, u16 slot, const struct vp_ring_request *req)
{
	ring->slot[slot].writable = req->in.len;
	ring->slot[slot].descs = req->indirect ? 1 : VP_RING_DESCS_PER_SLOT;
	ring->inflight++;
	ring->ops->add(ring, slot, req);
}

static int vp_ring_fault(struct vp_ring *ring, const char *what)
{
	ring->fault = what;
	return -EIO;
}

static int vp_ring_check_used(struct vp_ring *ring, const struct vp_ring_used *used)
{
	if (used->slot >= ring->slots)
		return vp_ring_fault(ring, "used buffer id out of range");
	if (!ring->slot[used->slot].descs)
		return vp_ring_fault(ring, "used buffer not in flight");
	if (used->len > ring->slot[used->slot].writable)
		return vp_ring_fault(ring, "used length exceeds the buffer");
	return 0;
}

int vp_ring_get(struct vp_ring *ring, u16 *slot, u32 *len)
{
	struct vp_ring_used used;
	int ret;

	if (ring->fault)
		return -EIO;
	ret = ring->ops->peek(ring, &used);
	if (ret <= 0)
		return ret;
	ret = vp_ring_check_used(ring, &used);
	if (ret)
		return ret;

	ring->ops->advance(ring, used.slot);
	ring->slot[used.slot].descs = 0;
	ring->inflight--;
	*slot = used.slot;
	*len = used.len;
	return 1;
}

bool vp_ring_reclaim(struct vp_ring *ring, u16 slot)
{
	if (!ring->slot[slot].descs)
		return false;
	ring->slot[slot].descs = 0;
	ring->inflight--;
	return true;
}
