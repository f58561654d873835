/* SPDX-License-Identifier: GPL-2.0-only */
/* Host stand-in. */
#ifndef UNIT_LINUX_ERR_H
#define UNIT_LINUX_ERR_H

#include <errno.h>

#define MAX_ERRNO	4095

#endif /* UNIT_LINUX_ERR_H */
