// SPDX-License-Identifier: GPL-2.0-only
/*
 * A line from any bytes: what is taken is written down again as it came.
 * sources: drivers/vfio/pci/virtio/mig_intx.c drivers/vfio/pci/virtio/intx_setup.c
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "drivers/vfio/pci/virtio/mig_intx.h"
#include "drivers/vfio/pci/virtio/mig_record.h"
#include "fuzz.h"

static void same(const struct virtiovf_intx_saved *a, const struct virtiovf_intx_saved *b)
{
	assert(a->vectors == b->vectors && a->status == b->status);
	assert(a->setup.modern == b->setup.modern && a->setup.select == b->setup.select);
	assert(!memcmp(a->setup.queues, b->setup.queues, sizeof(a->setup.queues)));
}

FUZZ_TARGET
{
	struct virtiovf_intx_saved saved, again;
	struct virtiovf_mig_intx record;
	const char *reason = NULL;
	u8 *bytes = malloc(len);

	/* exactly as long: a byte too many is found by ASan */
	if (len)
		memcpy(bytes, input, len);
	if (!virtiovf_mig_intx_decode((void *)bytes, len, &saved, &reason)) {
		u32 length = virtiovf_mig_intx_encode(&saved, &record);

		assert(length <= len && length <= sizeof(record));
		assert(!virtiovf_mig_intx_decode(&record, length, &again, &reason));
		same(&saved, &again);
	} else {
		assert(reason);
	}
	free(bytes);
	return 0;
}
