// SPDX-License-Identifier: GPL-2.0-only
/*
 * Device parts that nobody wrote, against others: all of them lie in their list.
 * sources: drivers/vfio/pci/virtio/mig_parts.c
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "drivers/vfio/pci/virtio/mig_parts.h"
#include "fuzz.h"

FUZZ_TARGET
{
	struct virtiovf_mig_parts parts, own;
	const char *reason = NULL;
	u8 *theirs, *ours;
	int ret;

	if (!len)
		return 0;
	own.len = min_t(size_t, input[0], len - 1);
	parts.len = len - 1 - own.len;
	/* of their own length each: a byte behind it is found by ASan */
	ours = malloc(own.len ?: 1);
	theirs = malloc(parts.len ?: 1);
	memcpy(ours, input + 1, own.len);
	memcpy(theirs, input + 1 + own.len, parts.len);
	own.bytes = ours;
	parts.bytes = theirs;
	ret = virtiovf_mig_parts_check(&parts, &own, &reason);
	assert(ret == 0 || ((ret == -EBADMSG || ret == -EINVAL) && reason));
	/* own parts always fit, if they are parts at all */
	ret = virtiovf_mig_parts_check(&own, &own, &reason);
	assert(ret == 0 || ret == -EBADMSG || ret == -EINVAL);
	free(ours);
	free(theirs);
	return 0;
}
