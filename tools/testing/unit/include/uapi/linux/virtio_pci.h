/* SPDX-License-Identifier: GPL-2.0-only */
/* Host stand-in: as the system has it. */
#include <linux/virtio_pci.h>
