// SPDX-License-Identifier: GPL-2.0-only
/*
 * How are the function's registers found and accessed, and its vectors planned? By the
 * files of virtio_pci. That module exports none of it: there may be two of it, or none.
 */
#include "../../virtio/virtio_pci_caps.c"
#include "../../virtio/virtio_pci_map.c"
#include "../../virtio/virtio_pci_regs.c"
#include "../../virtio/virtio_pci_vectors.c"
