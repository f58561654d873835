/* SPDX-License-Identifier: GPL-2.0-only */
/* A function's configuration space for the tests of the capability walk. */
#ifndef CAP_CONFIG_H
#define CAP_CONFIG_H

#include <assert.h>
#include <string.h>

#include "drivers/virtio/virtio_pci_caps.h"

struct cap_config {
	u8 bytes[256];
	unsigned int reads;
	unsigned int end;		/* where the next capability goes */
	unsigned int link;		/* the byte that will point to it */
};

static inline u32 cap_config_read(void *data, unsigned int offset, unsigned int size)
{
	struct cap_config *config = data;
	u32 value = 0;

	assert(size == 1 || size == 2 || size == 4);
	assert(offset % size == 0 && offset + size <= sizeof(config->bytes));
	config->reads++;
	for (unsigned int i = 0; i < size; i++)
		value |= (u32)config->bytes[offset + i] << (8 * i);
	return value;
}

static inline void cap_config_put(struct cap_config *config, unsigned int at, u32 value)
{
	for (unsigned int i = 0; i < 4; i++)
		config->bytes[at + i] = value >> (8 * i);
}

#endif /* CAP_CONFIG_H */
