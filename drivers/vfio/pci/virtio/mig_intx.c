// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is an INTx line encoded in the migration stream? The VMM migrates masks and, with the
 * configuration space, the disable bit. The record has the rest, which is state of this
 * driver and not in the device's parts.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <asm/byteorder.h>

#include "intx_state.h"
#include "mig_intx.h"
#include "mig_record.h"

#define WORDS	(VIRTIOVF_SETUP_QUEUES / 64)
#define FLAGS	(VIRTIOVF_MIG_INTX_VECTORS | VIRTIOVF_MIG_INTX_MODERN)

static_assert(sizeof(((struct virtiovf_mig_intx *)0)->queues) == WORDS * sizeof(__le64),
	      "a bit for each queue");

/* Return: the length of @record, up to the last queue that was set up */
u32 virtiovf_mig_intx_encode(const struct virtiovf_intx_saved *saved,
			     struct virtiovf_mig_intx *record)
{
	u32 words = 0;

	*record = (struct virtiovf_mig_intx) {
		.version = cpu_to_le16(VIRTIOVF_MIG_INTX_VERSION),
		.select = cpu_to_le16(saved->setup.select),
		.status = saved->status,
		.flags = (saved->vectors ? VIRTIOVF_MIG_INTX_VECTORS : 0) |
			 (saved->setup.modern ? VIRTIOVF_MIG_INTX_MODERN : 0),
	};
	for (u32 i = 0; i < WORDS; i++) {
		record->queues[i] = cpu_to_le64(saved->setup.queues[i]);
		if (saved->setup.queues[i])
			words = i + 1;
	}
	return offsetof(struct virtiovf_mig_intx, queues) + words * sizeof(record->queues[0]);
}

/* Return: 0 with @saved; or an error with @reason if @record, of @len bytes, is invalid */
int virtiovf_mig_intx_decode(const struct virtiovf_mig_intx *record, u32 len,
			     struct virtiovf_intx_saved *saved, const char **reason)
{
	const u32 fixed = offsetof(struct virtiovf_mig_intx, queues);

	*reason = "interrupt line of another version";
	if (len < fixed || record->version != cpu_to_le16(VIRTIOVF_MIG_INTX_VERSION) ||
	    record->flags & ~FLAGS)
		return -EPROTONOSUPPORT;
	*reason = "malformed interrupt line";
	if (len > sizeof(*record) || (len - fixed) % sizeof(record->queues[0]) ||
	    record->status & ~(VIRTIOVF_ISR_QUEUE | VIRTIOVF_ISR_CONFIG))
		return -EBADMSG;
	*reason = NULL;
	memset(saved, 0, sizeof(*saved));
	saved->vectors = record->flags & VIRTIOVF_MIG_INTX_VECTORS;
	saved->status = record->status;
	saved->setup.modern = record->flags & VIRTIOVF_MIG_INTX_MODERN;
	saved->setup.select = le16_to_cpu(record->select);
	for (u32 i = 0; i < (len - fixed) / sizeof(record->queues[0]); i++)
		saved->setup.queues[i] = le64_to_cpu(record->queues[i]);
	return 0;
}
