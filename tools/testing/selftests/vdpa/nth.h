/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Each allocation, and each copy from or to the caller, fails once. Needs a kernel with fault
 * injection (/proc/PID/fail-nth); a test is left out on another.
 */
#ifndef NTH_H
#define NTH_H

/* Before the first. Whatever is made once for all, such as a socket, is to be made before. */
void nth_ready(void);

/*
 * @act with its first failure, its second, ... until there is none. @undo: whatever came of
 * it, @act's result. Return: how many failures there were.
 */
int each_failure(int (*act)(void), void (*undo)(int err));

#endif /* NTH_H */
