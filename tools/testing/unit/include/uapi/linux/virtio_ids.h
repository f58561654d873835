/* SPDX-License-Identifier: GPL-2.0-only */
/* Host stand-in: the C library's copy of the same header. */
#include <linux/virtio_ids.h>
