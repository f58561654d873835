/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The content of a simulated disk: pages that are allocated by the first write. What was
 * never written, or was discarded, reads as zeroes. The caller checks ranges and
 * serializes the calls for one store.
 *
 * Several stores may share their content, without a common lock: pages and tables are added
 * atomically, and stay until the last store is destroyed. After concurrent writes of two
 * disks to the same bytes the result is undefined, as with a real shared disk.
 */
#ifndef VDPA_SIM_STORE_H
#define VDPA_SIM_STORE_H

#include <linux/xarray.h>

struct sim_store {
	/* tables of pages, by number; freed at the end only */
	struct xarray *tables;
	struct xarray own;
	bool shared;
	/* cache: the last table looked up, NULL if there was none */
	unsigned long number;
	void **table;
};

/* @shared: content shared with other stores, or NULL */
void sim_store_init(struct sim_store *store, struct xarray *shared);
void sim_store_destroy(struct sim_store *store);
/* Free shared content that no store uses any more */
void sim_store_free(struct xarray *tables);
/* Is every page of the range allocated? */
bool sim_store_has(struct sim_store *store, u64 offset, u32 len);
/* The bytes at @offset, for reading; *@len is reduced to what is contiguous */
const void *sim_store_read_at(struct sim_store *store, u64 offset, u32 *len);
/* The same for writing. Return: NULL when out of memory */
void *sim_store_write_at(struct sim_store *store, u64 offset, u32 *len);
/* Zero a range; whole pages in it are freed unless the content is shared */
void sim_store_clear(struct sim_store *store, u64 offset, u64 len);

#endif /* VDPA_SIM_STORE_H */
