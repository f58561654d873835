// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whatever a device writes as an answer, nothing outside it is read, and no
 * error number comes out that we did not choose.
 * sources: drivers/virtio/virtio_pci_admin_codec.c drivers/virtio/virtio_pci_admin_list_codec.c
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "drivers/virtio/virtio_pci_admin_codec.h"
#include "drivers/virtio/virtio_pci_admin_list_codec.h"
#include "fuzz.h"

static void fuzz_response(const u8 *data, size_t size)
{
	static const int allowed[] = {
		0, -EIO, -ENXIO, -EAGAIN, -ENOMEM, -EBUSY, -EINVAL, -ENOSPC,
	};
	struct vp_admin_answer answer;
	bool found = false;
	int ret;

	ret = vp_admin_response_decode(data, size, data[0], &answer);
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
		found |= ret == allowed[i];
	assert(found);
	assert(answer.result_len <= size);
	assert(ret || answer.result_len >= data[0]);
	assert(ret || !answer.status);
}

static void fuzz_notify(const u8 *data, size_t size)
{
	struct virtio_pci_legacy_notify list[VIRTIO_ADMIN_ABI_NOTIFY_ENTRIES];
	u64 bar_len = 0;
	unsigned int n;

	memcpy(&bar_len, data, size < 8 ? size : 8);
	n = vp_admin_notify_decode((const void *)data, size, list);
	assert(n <= VIRTIO_ADMIN_ABI_NOTIFY_ENTRIES && n * 16 <= size);
	for (unsigned int i = 0; i < n; i++) {
		if (!virtio_pci_legacy_notify_valid(&list[i], bar_len))
			continue;
		assert(list[i].offset < bar_len && bar_len - list[i].offset >= 2);
		assert(list[i].bar >= 1 && list[i].bar <= 5);
	}
}

static void fuzz_list(const u8 *data, size_t size, unsigned int group)
{
	struct vp_admin_used used;
	struct vp_admin_offered offered;
	__le64 list[VP_ADMIN_USED_WORDS];
	size_t len;
	int ret;

	ret = vp_admin_list_negotiate(data, size, group, &used, &offered);
	assert(ret == 0 || ret == -EPROTO);
	assert(offered.count <= 8 * size);
	for (u32 opcode = 0; opcode <= 64 * VP_ADMIN_USED_WORDS; opcode++) {
		bool bit = opcode / 8 < size && data[opcode / 8] & (1 << opcode % 8);

		/* nothing is used that was not offered */
		assert(bit || !vp_admin_list_test(&used, opcode));
	}
	len = vp_admin_list_encode(&used, list);
	assert(len && len % 8 == 0 && len <= sizeof(list));
	assert(ret || (vp_admin_list_test(&used, 0) && vp_admin_list_test(&used, 1)));
}

FUZZ_TARGET
{
	u8 *copy;

	if (!len)
		return 0;
	/* of exactly this size, so that a read beyond it is seen */
	copy = malloc(len);
	memcpy(copy, input, len);
	fuzz_response(copy, len);
	fuzz_notify(copy, len);
	fuzz_list(copy, len, 0);
	fuzz_list(copy, len, 1);
	free(copy);
	return 0;
}
