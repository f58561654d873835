/* SPDX-License-Identifier: GPL-2.0-only */
/* A bus's match callback gets a const driver from 6.11 on. */
#ifndef COMPAT_LINUX_DEVICE_BUS_H
#define COMPAT_LINUX_DEVICE_BUS_H

#include_next <linux/device/bus.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define COMPAT_MATCH_CONST	const
#else
#define COMPAT_MATCH_CONST
#endif

#endif /* COMPAT_LINUX_DEVICE_BUS_H */
