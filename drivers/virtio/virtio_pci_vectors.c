// SPDX-License-Identifier: GPL-2.0-only
/* Which interrupt vector serves what? See virtio_pci_vectors.h. */
#include <linux/errno.h>
#include <linux/kernel.h>

#include "virtio_pci_vectors.h"

enum vp_share {
	VP_OWN,
	VP_TOGETHER,		/* one vector for all queues */
	VP_WITH_CONFIG,
};

/*
 * The admin queue shares a vector rather than leave the driver's queues without one of
 * their own: its waiters can poll. INTx is preferred to a single vector for everything,
 * because its ISR tells configuration changes from queues; but VFs have no INTx.
 */
static const struct vp_vectors_row {
	bool msix;
	enum vp_share queues, admin;
} vp_vectors_rows[] = {
	{ true, VP_OWN, VP_OWN },
	{ true, VP_OWN, VP_WITH_CONFIG },
	{ true, VP_TOGETHER, VP_OWN },
	{ true, VP_TOGETHER, VP_WITH_CONFIG },
	{ false, VP_WITH_CONFIG, VP_WITH_CONFIG },	/* INTx */
	{ true, VP_WITH_CONFIG, VP_WITH_CONFIG },
};

/* Vector 0 is for configuration changes, then come the queues, then the admin queue */
static void vp_vectors_lay_out(const struct vp_vectors_row *row,
			       const struct vp_vectors_wish *wish, struct vp_vectors_plan *plan)
{
	u16 next = 1;

	plan->own = row->queues == VP_OWN;
	plan->config = 0;
	plan->queue = row->queues == VP_WITH_CONFIG ? plan->config : next;
	if (!wish->queues)
		plan->queue = VP_NO_VECTOR;
	else if (row->queues == VP_OWN)
		next += wish->queues;
	else if (row->queues == VP_TOGETHER)
		next++;
	plan->admin = row->admin == VP_OWN ? next : plan->config;
	if (!wish->admin)
		plan->admin = VP_NO_VECTOR;
	else if (row->admin == VP_OWN)
		next++;
	plan->count = next;
}

static bool vp_vectors_possible(const struct vp_vectors_row *row,
				const struct vp_vectors_wish *wish, struct vp_vectors_plan *plan)
{
	if (!row->msix) {
		*plan = (struct vp_vectors_plan){
			.config = VP_NO_VECTOR,
			.queue = VP_NO_VECTOR,
			.admin = VP_NO_VECTOR,
		};
		return wish->intx;
	}
	/* without an admin queue, rows that differ only in it are the same */
	if (!wish->admin && row->admin == VP_OWN)
		return false;
	vp_vectors_lay_out(row, wish, plan);
	return plan->count <= wish->msix && plan->count < VP_NO_VECTOR;
}

/*
 * The @nth best plan, from 0.
 *
 * Return: 0, or -ENOSPC when there are no more.
 */
int vp_vectors_plan(const struct vp_vectors_wish *wish, unsigned int nth,
		    struct vp_vectors_plan *plan)
{
	for (unsigned int row = 0; row < ARRAY_SIZE(vp_vectors_rows); row++)
		if (vp_vectors_possible(&vp_vectors_rows[row], wish, plan) && !nth--)
			return 0;
	return -ENOSPC;
}
