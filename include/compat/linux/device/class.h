/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A class's devnode gets a const device since 6.2.
 *
 * Remove when 6.1 is no longer built for.
 */
#ifndef _COMPAT_LINUX_DEVICE_CLASS_H
#define _COMPAT_LINUX_DEVICE_CLASS_H

#include_next <linux/device/class.h>
#include <compat_probes.h>

#ifdef HAVE_CLASS_DEVNODE_CONST
#define COMPAT_DEVNODE_CONST	const
#else
#define COMPAT_DEVNODE_CONST
#endif

#endif /* _COMPAT_LINUX_DEVICE_CLASS_H */
