/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vm_flags are modified with vm_flags_set() since 6.3.
 *
 * Remove when 6.1 is no longer built for.
 */
#ifndef _COMPAT_LINUX_MM_H
#define _COMPAT_LINUX_MM_H

#include_next <linux/mm.h>
#include <compat_probes.h>

#ifndef HAVE_VM_FLAGS_SET
static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags |= flags;
}
#endif

#endif /* _COMPAT_LINUX_MM_H */
