/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kthread_run_worker() is the name, since 6.14, of what kthread_create_worker() did
 * before; that no longer wakes the thread.
 *
 * Remove when 6.12 and older are no longer built for.
 */
#ifndef _COMPAT_LINUX_KTHREAD_H
#define _COMPAT_LINUX_KTHREAD_H

#include_next <linux/kthread.h>

#ifndef kthread_run_worker
#define kthread_run_worker	kthread_create_worker
#endif

#endif /* _COMPAT_LINUX_KTHREAD_H */
