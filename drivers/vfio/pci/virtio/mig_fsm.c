// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which arcs lead from one migration state to another? They are those of
 * include/uapi/linux/vfio.h for a device with STOP_COPY, P2P and PRE_COPY. vfio's own
 * resolver is not used because it does not know PRE_COPY in older kernels.
 */
#include <linux/kernel.h>

#include "mig_fsm.h"

#define ARC(its_from, its_to, its_action) {		\
	.from = VIRTIOVF_MIG_##its_from,		\
	.to = VIRTIOVF_MIG_##its_to,			\
	.action = VIRTIOVF_MIG_##its_action,		\
}

static const struct virtiovf_mig_arc arcs[] = {
	ARC(RUNNING,      RUNNING_P2P,  HALT),
	ARC(RUNNING_P2P,  RUNNING,      CONTINUE),
	ARC(RUNNING_P2P,  STOP,         NOTHING),
	ARC(STOP,         RUNNING_P2P,  NOTHING),

	ARC(RUNNING,      PRE_COPY,     SAVE_BEGIN),
	ARC(RUNNING_P2P,  PRE_COPY_P2P, SAVE_BEGIN),
	ARC(STOP,         STOP_COPY,    SAVE_WHOLE),
	ARC(PRE_COPY,     PRE_COPY_P2P, HALT),
	ARC(PRE_COPY_P2P, PRE_COPY,     CONTINUE),
	ARC(PRE_COPY_P2P, STOP_COPY,    SAVE_FINAL),
	ARC(PRE_COPY,     RUNNING,      SAVE_END),
	ARC(PRE_COPY_P2P, RUNNING_P2P,  SAVE_END),
	ARC(STOP_COPY,    STOP,         SAVE_END),

	ARC(STOP,         RESUMING,     RESUME_BEGIN),
	ARC(RESUMING,     STOP,         RESUME_END),
};

/* States that share one file to read from */
static bool is_saving(unsigned int state)
{
	return state == VIRTIOVF_MIG_PRE_COPY || state == VIRTIOVF_MIG_PRE_COPY_P2P ||
	       state == VIRTIOVF_MIG_STOP_COPY;
}

/*
 * A path does not pass through a saving state, because that would open and close its
 * file; a path between two saving states stays in them, because it keeps the file.
 */
static bool may_pass(unsigned int state, unsigned int from, unsigned int to)
{
	return is_saving(state) == (is_saving(from) && is_saving(to));
}

/**
 * virtiovf_mig_next() - the first arc of the shortest path
 * @from: the current state
 * @to: the state that the user asked for, different from @from
 *
 * Return: the arc, or NULL if there is no path or no such state
 */
const struct virtiovf_mig_arc *virtiovf_mig_next(unsigned int from, unsigned int to)
{
	const struct virtiovf_mig_arc *first = NULL;
	unsigned int steps[VIRTIOVF_MIG_STATES];	/* distance to @to */

	if (from >= VIRTIOVF_MIG_STATES || to >= VIRTIOVF_MIG_STATES)
		return NULL;
	for (unsigned int state = 0; state < VIRTIOVF_MIG_STATES; state++)
		steps[state] = state == to ? 0 : VIRTIOVF_MIG_STATES;
	/* no path is longer than there are states */
	for (unsigned int round = 0; round < VIRTIOVF_MIG_STATES; round++) {
		for (unsigned int i = 0; i < ARRAY_SIZE(arcs); i++) {
			if (arcs[i].to != to && !may_pass(arcs[i].to, from, to))
				continue;
			if (steps[arcs[i].to] + 1 < steps[arcs[i].from])
				steps[arcs[i].from] = steps[arcs[i].to] + 1;
		}
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(arcs); i++) {
		if (arcs[i].from != from || steps[arcs[i].to] == VIRTIOVF_MIG_STATES)
			continue;
		if (arcs[i].to != to && !may_pass(arcs[i].to, from, to))
			continue;
		if (!first || steps[arcs[i].to] < steps[first->to])
			first = &arcs[i];
	}
	return first;
}
