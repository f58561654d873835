/* SPDX-License-Identifier: GPL-2.0-only */
/* Host stand-in: the C library's copy of the same header. */
#include <stdint.h>
#include <linux/virtio_ring.h>
