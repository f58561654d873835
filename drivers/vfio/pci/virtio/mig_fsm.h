/* SPDX-License-Identifier: GPL-2.0-only */
/* States of a migration and the arcs between them. No locks, no PCI: builds on the host. */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_MIG_FSM_H
#define DRIVERS_VFIO_PCI_VIRTIO_MIG_FSM_H

/* enum vfio_device_mig_state, which in 6.1 ends before PRE_COPY */
enum virtiovf_mig_state {
	VIRTIOVF_MIG_ERROR = 0,
	VIRTIOVF_MIG_STOP = 1,
	VIRTIOVF_MIG_RUNNING = 2,
	VIRTIOVF_MIG_STOP_COPY = 3,
	VIRTIOVF_MIG_RESUMING = 4,
	VIRTIOVF_MIG_RUNNING_P2P = 5,
	VIRTIOVF_MIG_PRE_COPY = 6,
	VIRTIOVF_MIG_PRE_COPY_P2P = 7,
	VIRTIOVF_MIG_STATES
};

/* What has to be done on an arc */
enum virtiovf_mig_action {
	VIRTIOVF_MIG_NOTHING,
	VIRTIOVF_MIG_HALT,		/* the device stops: no DMA, no interrupt */
	VIRTIOVF_MIG_CONTINUE,		/* the device runs, with what it was given meanwhile */
	VIRTIOVF_MIG_SAVE_BEGIN,	/* a file to read from; the device goes on changing */
	VIRTIOVF_MIG_SAVE_FINAL,	/* the rest: it does not change any more */
	VIRTIOVF_MIG_SAVE_WHOLE,	/* a file to read all of it from */
	VIRTIOVF_MIG_SAVE_END,
	VIRTIOVF_MIG_RESUME_BEGIN,	/* a file to write to */
	VIRTIOVF_MIG_RESUME_END,	/* give it to the device, if it is whole */
};

/**
 * struct virtiovf_mig_arc - one step, which succeeds or leaves the state as it is
 * @from: enum virtiovf_mig_state
 * @to: the same
 * @action: enum virtiovf_mig_action
 */
struct virtiovf_mig_arc {
	unsigned char from;
	unsigned char to;
	unsigned char action;
};

const struct virtiovf_mig_arc *virtiovf_mig_next(unsigned int from, unsigned int to);

#endif /* DRIVERS_VFIO_PCI_VIRTIO_MIG_FSM_H */
