/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A simulated disk's content: pages that exist once something was written there.
 * What was never written, or was discarded, reads as zeroes. The caller checks
 * ranges and lets one thread at a time in to one store.
 *
 * Several stores may show the same content. No lock is shared then: pages and tables come
 * by themselves, and stay until the last store is gone. Of what two disks write to the same
 * bytes at the same time either may be there afterwards, or some of both, as with disks.
 */
#ifndef VDPA_SIM_STORE_H
#define VDPA_SIM_STORE_H

#include <linux/xarray.h>

struct sim_store {
	/* tables of pages, by number; they stay to the end */
	struct xarray *tables;
	struct xarray own;
	bool shared;
	/* the table that was looked for last, and what was found */
	unsigned long number;
	void **table;
};

/* @shared: content that others have as well, or NULL */
void sim_store_init(struct sim_store *store, struct xarray *shared);
void sim_store_destroy(struct sim_store *store);
/* free shared content, which no store shows any more */
void sim_store_free(struct xarray *tables);
/* was all of it written? */
bool sim_store_has(struct sim_store *store, u64 offset, u32 len);
/* the bytes at @offset, to be read; *@len is cut to what lies in one piece */
const void *sim_store_read_at(struct sim_store *store, u64 offset, u32 *len);
/* to be written; NULL when there is no memory */
void *sim_store_write_at(struct sim_store *store, u64 offset, u32 *len);
/* make a range zeroes; pages that lie in it completely are given back, but for shared ones */
void sim_store_clear(struct sim_store *store, u64 offset, u64 len);

#endif /* VDPA_SIM_STORE_H */
