// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is the module of the ring's files called? They themselves stay pure.
 */
#include <linux/module.h>

MODULE_DESCRIPTION("The device's side of a virtqueue, for vDPA parents");
MODULE_LICENSE("GPL");
