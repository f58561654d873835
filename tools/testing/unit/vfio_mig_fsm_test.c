// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every state to every state: the first step, its action, and where all steps lead.
 * sources: drivers/vfio/pci/virtio/mig_fsm.c
 */
#include <linux/kernel.h>

#include "drivers/vfio/pci/virtio/mig_fsm.h"
#include "unit.h"

enum { ERROR, STOP, RUN, COPY, LOAD, P2P, PRE, PREP, STATES };

/*
 * The next state by the rules of include/uapi/linux/vfio.h: the shortest path, no
 * saving state inside it unless it begins and ends in one; -1: not permitted
 */
static const int next[STATES][STATES] = {
	/*		ERROR STOP  RUN   COPY  LOAD  P2P   PRE   PREP */
	[ERROR]	= {	-1,   -1,   -1,   -1,   -1,   -1,   -1,   -1 },
	[STOP]	= {	-1,   -1,   P2P,  COPY, LOAD, P2P,  P2P,  P2P },
	[RUN]	= {	-1,   P2P,  -1,   P2P,  P2P,  P2P,  PRE,  P2P },
	[COPY]	= {	-1,   STOP, STOP, -1,   STOP, STOP, -1,   -1 },
	[LOAD]	= {	-1,   STOP, STOP, STOP, -1,   STOP, STOP, STOP },
	[P2P]	= {	-1,   STOP, RUN,  STOP, STOP, -1,   RUN,  PREP },
	[PRE]	= {	-1,   RUN,  RUN,  PREP, RUN,  RUN,  -1,   PREP },
	[PREP]	= {	-1,   P2P,  P2P,  COPY, P2P,  P2P,  PRE,  -1 },
};

UNIT_TEST(every_state_to_every_state)
{
	for (int from = 0; from < STATES; from++) {
		for (int to = 0; to < STATES; to++) {
			const struct virtiovf_mig_arc *arc;

			if (from == to)
				continue;
			arc = virtiovf_mig_next(from, to);
			if ((arc ? arc->to : -1) != next[from][to])
				unit_fail(__FILE__, __LINE__, 0, "%d to %d: %d, not %d", from, to,
					  arc ? arc->to : -1, next[from][to]);
			EXPECT(!arc || arc->from == from);
		}
	}
}

UNIT_TEST(paths_arrive)
{
	for (int from = 0; from < STATES; from++) {
		for (int to = 0; to < STATES; to++) {
			int state = from, steps = 0;

			if (from == to || next[from][to] < 0)
				continue;
			while (state != to && steps++ < STATES) {
				const struct virtiovf_mig_arc *arc = virtiovf_mig_next(state, to);

				ASSERT(arc);
				state = arc->to;
			}
			EXPECT_EQ(state, to);
			EXPECT(steps <= 4);
		}
	}
}

UNIT_TEST(nothing_leads_to_or_from_what_is_no_state)
{
	for (unsigned int state = 0; state < STATES; state++) {
		EXPECT(!virtiovf_mig_next(state, STATES));
		EXPECT(!virtiovf_mig_next(STATES, state));
		EXPECT(!virtiovf_mig_next(state, ~0U));
		EXPECT(!virtiovf_mig_next(~0U, state));
	}
}

/* The sum of all actions of a path */
static unsigned int actions(int state, int to)
{
	unsigned int done = 0;

	while (state != to) {
		const struct virtiovf_mig_arc *arc = virtiovf_mig_next(state, to);

		ASSERT(arc);
		done |= 1U << arc->action;
		state = arc->to;
	}
	return done & ~(1U << VIRTIOVF_MIG_NOTHING);
}

#define DONE(action)	(1U << VIRTIOVF_MIG_##action)

UNIT_TEST(what_is_done_on_the_way)
{
	EXPECT_EQ(actions(RUN, STOP), DONE(HALT));
	EXPECT_EQ(actions(STOP, RUN), DONE(CONTINUE));
	EXPECT_EQ(actions(RUN, P2P), DONE(HALT));
	EXPECT_EQ(actions(P2P, STOP), 0);
	EXPECT_EQ(actions(RUN, COPY), DONE(HALT) | DONE(SAVE_WHOLE));
	EXPECT_EQ(actions(RUN, PRE), DONE(SAVE_BEGIN));
	EXPECT_EQ(actions(PRE, PREP), DONE(HALT));
	EXPECT_EQ(actions(PRE, COPY), DONE(HALT) | DONE(SAVE_FINAL));
	EXPECT_EQ(actions(PREP, COPY), DONE(SAVE_FINAL));
	EXPECT_EQ(actions(PRE, RUN), DONE(SAVE_END));
	EXPECT_EQ(actions(PREP, RUN), DONE(SAVE_END) | DONE(CONTINUE));
	EXPECT_EQ(actions(COPY, RUN), DONE(SAVE_END) | DONE(CONTINUE));
	EXPECT_EQ(actions(RUN, LOAD), DONE(HALT) | DONE(RESUME_BEGIN));
	EXPECT_EQ(actions(LOAD, RUN), DONE(RESUME_END) | DONE(CONTINUE));
	EXPECT_EQ(actions(PRE, LOAD), DONE(SAVE_END) | DONE(HALT) | DONE(RESUME_BEGIN));
}
