/* SPDX-License-Identifier: GPL-2.0-only */
/* How does a test lose what root may? */
#ifndef PRIVILEGE_H
#define PRIVILEGE_H

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline void drop_capability(int cap)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	syscall(SYS_capget, &header, data);
	data[0].effective &= ~(1U << cap);
	data[0].permitted &= ~(1U << cap);
	syscall(SYS_capset, &header, data);
}

/* RLIMIT_MEMLOCK holds for whoever has not CAP_IPC_LOCK */
static inline void drop_ipc_lock(void)
{
	drop_capability(CAP_IPC_LOCK);
}

#endif /* PRIVILEGE_H */
