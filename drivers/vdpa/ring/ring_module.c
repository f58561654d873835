// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's description; the other files have no kernel dependency and run in unit tests.
 */
#include <linux/module.h>

MODULE_DESCRIPTION("The device's side of a virtqueue, for vDPA parents");
MODULE_LICENSE("GPL");
