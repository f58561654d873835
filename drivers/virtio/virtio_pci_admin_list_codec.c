// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which of the commands a device lists does this driver use?
 * (VIRTIO_ADMIN_CMD_LIST_QUERY and VIRTIO_ADMIN_CMD_LIST_USE)
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <asm/byteorder.h>

#include "virtio_pci_admin_codec.h"
#include "virtio_pci_admin_list_codec.h"

static bool list_bit(const u8 *list, size_t len, u16 opcode)
{
	/* little-endian words in order: bit n is in byte n / 8 */
	return opcode / 8 < len && list[opcode / 8] & (1U << (opcode % 8));
}

static void list_survey(const u8 *list, size_t len, struct vp_admin_offered *offered)
{
	memset(offered, 0, sizeof(*offered));
	for (u32 opcode = 0; opcode < len * 8; opcode++) {
		if (!list_bit(list, len, opcode))
			continue;
		offered->count++;
		offered->highest = opcode;
	}
}

/*
 * @list holds @len bytes of a LIST_QUERY result; missing bytes count as zero. @used is
 * set to the commands of the group that both sides support. Bits 0 and 1 are always
 * among them: without them a later LIST_QUERY or LIST_USE would be forbidden until
 * reset.
 *
 * Return: 0, or -EPROTO if the device does not list those two itself.
 */
int vp_admin_list_negotiate(const void *list, size_t len, unsigned int group,
			    struct vp_admin_used *used, struct vp_admin_offered *offered)
{
	len = min_t(size_t, len, VP_ADMIN_LIST_BYTES_MAX);
	memset(used, 0, sizeof(*used));
	list_survey(list, len, offered);
	if (!list_bit(list, len, VIRTIO_ADMIN_CMD_LIST_QUERY) ||
	    !list_bit(list, len, VIRTIO_ADMIN_CMD_LIST_USE))
		return -EPROTO;
	for (int i = 0; i < VP_ADMIN_ROWS; i++) {
		u16 opcode = vp_admin_opcode(i);

		if (vp_admin_row_known(i) && vp_admin_rows[i].groups & (1U << group) &&
		    list_bit(list, len, opcode))
			used->word[opcode / 64] |= 1ULL << (opcode % 64);
	}
	return 0;
}

/* Return: length of @list in bytes, without trailing zero words. It has VP_ADMIN_USED_WORDS. */
size_t vp_admin_list_encode(const struct vp_admin_used *used, __le64 *list)
{
	size_t words = 1;

	for (size_t i = 0; i < VP_ADMIN_USED_WORDS; i++) {
		list[i] = cpu_to_le64(used->word[i]);
		if (used->word[i])
			words = i + 1;
	}
	return words * sizeof(*list);
}
