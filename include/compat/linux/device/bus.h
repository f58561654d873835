/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bus_type::match takes a const driver since 6.11.
 *
 * Remove when 6.6 and older are no longer built for.
 */
#ifndef _COMPAT_LINUX_DEVICE_BUS_H
#define _COMPAT_LINUX_DEVICE_BUS_H

#include_next <linux/device/bus.h>
#include <compat_probes.h>

#ifdef HAVE_BUS_MATCH_CONST
#define COMPAT_MATCH_CONST	const
#else
#define COMPAT_MATCH_CONST
#endif

#endif /* _COMPAT_LINUX_DEVICE_BUS_H */
