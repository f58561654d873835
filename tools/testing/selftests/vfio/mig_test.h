/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of a migration's states share */
#ifndef MIG_TEST_H
#define MIG_TEST_H

#include <errno.h>
#include <unistd.h>

#include "migration.h"
#include "unit.h"

static inline struct vf *mig_fresh(void)
{
	struct vf *vf = vf_fresh();

	if (mig_flags(vf) == -ENOTTY)
		unit_skip("this VF cannot migrate");
	return vf;
}

static inline void mig_enter(struct vf *vf, unsigned int state, int *fd)
{
	ASSERT_EQ(mig_set(vf, state, fd), 0);
	ASSERT_EQ(mig_state(vf), state);
}

static inline void mig_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* The device answers, as one that runs */
static inline void mig_check_well(struct vf *vf)
{
	ASSERT_EQ(mig_state(vf), MIG_RUNNING);
	ASSERT_EQ(vf_decode(vf, true), 0);
	EXPECT_EQ(vf_write(vf, BAR0, DEVICE_STATUS, 1, ACKNOWLEDGE), 0);
	EXPECT_EQ(vf_read(vf, BAR0, DEVICE_STATUS, 1), ACKNOWLEDGE);
	EXPECT_EQ(vf_write(vf, BAR0, DEVICE_STATUS, 1, 0), 0);
}

#endif /* MIG_TEST_H */
