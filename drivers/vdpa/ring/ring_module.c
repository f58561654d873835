// SPDX-License-Identifier: GPL-2.0-only
/*
 * What may other modules call? The ring's own files stay pure: they know no module.
 */
#include <linux/export.h>
#include <linux/module.h>
#include <linux/vdpa_ring.h>

EXPORT_SYMBOL_GPL(vdpa_ring_init);
EXPORT_SYMBOL_GPL(vdpa_ring_next);
EXPORT_SYMBOL_GPL(vdpa_ring_undo);
EXPORT_SYMBOL_GPL(vdpa_ring_copy_out);
EXPORT_SYMBOL_GPL(vdpa_ring_copy_in);
EXPORT_SYMBOL_GPL(vdpa_ring_move);
EXPORT_SYMBOL_GPL(vdpa_ring_complete);
EXPORT_SYMBOL_GPL(vdpa_ring_publish);
EXPORT_SYMBOL_GPL(vdpa_ring_wants_interrupt);
EXPORT_SYMBOL_GPL(vdpa_ring_enable_notify);
EXPORT_SYMBOL_GPL(vdpa_ring_disable_notify);

MODULE_DESCRIPTION("The device's side of a virtqueue, for vDPA parents");
MODULE_LICENSE("GPL");
