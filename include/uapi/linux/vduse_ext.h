/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * VDUSE: what is not in <linux/vduse.h>. Whether a kernel has it, the command tells: -ENOTTY
 * where it has not. On /dev/vduse/NAME.
 */
#ifndef _UAPI_VDUSE_EXT_H_
#define _UAPI_VDUSE_EXT_H_

#include <linux/vduse.h>

/**
 * VDUSE_VQ_SETUP_CALLFD - an eventfd that interrupts the driver for a queue
 *
 * A write to it does what VDUSE_VQ_INJECT_IRQ does. Several that come close to each other
 * are one interrupt. The counter is the kernel's to read. VDUSE_EVENTFD_DEASSIGN takes it
 * away, and so does a reset of the device, or the closing of the node. An index that is
 * not there is -EINVAL, a descriptor that is none -EBADF, one of another kind -EINVAL.
 */
#define VDUSE_VQ_SETUP_CALLFD	_IOW(VDUSE_BASE, 0x40, struct vduse_vq_eventfd)

#endif /* _UAPI_VDUSE_EXT_H_ */
