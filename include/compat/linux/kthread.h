/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kthread_run_worker() is how kthread_create_worker() was called before 6.14, when
 * that began to leave the thread asleep.
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
