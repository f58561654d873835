/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * eventfd_signal() has no count argument since 6.8: it adds one.
 *
 * Remove when 6.6 and older are no longer built for.
 */
#ifndef _COMPAT_LINUX_EVENTFD_H
#define _COMPAT_LINUX_EVENTFD_H

#include_next <linux/eventfd.h>
#include <compat_probes.h>

#ifndef HAVE_EVENTFD_SIGNAL_ONE
static inline void compat_eventfd_signal(struct eventfd_ctx *ctx)
{
	eventfd_signal(ctx, 1);
}

#define eventfd_signal compat_eventfd_signal
#endif

#endif /* _COMPAT_LINUX_EVENTFD_H */
