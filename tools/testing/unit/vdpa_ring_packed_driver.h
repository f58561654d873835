/* SPDX-License-Identifier: GPL-2.0-only */
/* The driver's side of a packed virtqueue, for vdpa_ring's tests. */
#ifndef VDPA_RING_PACKED_DRIVER_H
#define VDPA_RING_PACKED_DRIVER_H

#include "vdpa_ring_driver.h"

#define PACKED_AVAIL	(1 << VRING_PACKED_DESC_F_AVAIL)
#define PACKED_USED	(1 << VRING_PACKED_DESC_F_USED)

struct packed_driver {
	struct test_mem m;
	u16 num;
	struct vring_packed_desc *desc;
	u8 *driver_event, *device_event;	/* place, flags */
	u8 *data;
	struct vring_packed_desc *table;
	struct vdpa_ring_place next;		/* to be made available */
	struct vdpa_ring_place used;		/* to be looked at for a return */
};

static inline void packed_driver_init(struct packed_driver *d, u16 num,
				      struct vdpa_ring_place start)
{
	test_mem_init(&d->m);
	d->num = num;
	d->desc = (void *)test_mem_add(&d->m, DESC_ADDR, 16 * num);
	d->driver_event = test_mem_add(&d->m, AVAIL_ADDR, 4);
	d->device_event = test_mem_add(&d->m, USED_ADDR, 4);
	d->data = test_mem_add(&d->m, DATA_ADDR, DATA_SIZE);
	d->table = (void *)test_mem_add(&d->m, TABLE_ADDR, sizeof(*d->table) * TABLE_DESCS);
	d->next = start;
	d->used = start;
	/* as a ring looks in which the places before @start were used in this lap */
	for (u16 i = 0; i < num; i++)
		d->desc[i].flags = (i < start.index) == start.wrap ? PACKED_AVAIL | PACKED_USED : 0;
}

static inline void packed_step(struct vdpa_ring_place *place, u16 num, u16 count)
{
	while (count--) {
		place->index++;
		if (place->index == num)
			*place = (struct vdpa_ring_place) { .wrap = !place->wrap };
	}
}

/* One descriptor at the driver's place */
static inline void packed_put(struct packed_driver *d, u64 addr, u32 len, u16 flags, u16 id)
{
	d->desc[d->next.index] = (struct vring_packed_desc) {
		.addr = addr, .len = len, .id = id,
		.flags = flags | (d->next.wrap ? PACKED_AVAIL : PACKED_USED),
	};
	packed_step(&d->next, d->num, 1);
}

/* Is the descriptor at the driver's place for returns a returned one? */
static inline int packed_is_used(const struct packed_driver *d)
{
	u16 flags = d->desc[d->used.index].flags;

	return !!(flags & PACKED_AVAIL) == d->used.wrap && !!(flags & PACKED_USED) == d->used.wrap;
}

static inline void table_set(struct packed_driver *d, int i, u64 addr, u32 len, u16 flags)
{
	d->table[i] = (struct vring_packed_desc) { .addr = addr, .len = len, .flags = flags };
}

static inline struct vdpa_ring_layout packed_layout(const struct packed_driver *d)
{
	return (struct vdpa_ring_layout) {
		.desc = DESC_ADDR, .avail = AVAIL_ADDR, .used = USED_ADDR, .num = d->num,
		.packed = true, .take = d->next, .give = d->used,
	};
}

#endif /* VDPA_RING_PACKED_DRIVER_H */
