/* SPDX-License-Identifier: GPL-2.0-only */
/* States of a migration and the arcs between them. No locks, no PCI: builds on the host. */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_MIG_FSM_H
#define DRIVERS_VFIO_PCI_VIRTIO_MIG_FSM_H

/* The values of enum vfio_device_mig_state, which lacks PRE_COPY in 6.1 */
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
	VIRTIOVF_MIG_CONTINUE,		/* the device runs again */
	VIRTIOVF_MIG_SAVE_BEGIN,	/* open a file to read from; the state still changes */
	VIRTIOVF_MIG_SAVE_FINAL,	/* add the final state to it: the device has stopped */
	VIRTIOVF_MIG_SAVE_WHOLE,	/* open a file to read the whole state from */
	VIRTIOVF_MIG_SAVE_END,		/* close the file */
	VIRTIOVF_MIG_RESUME_BEGIN,	/* open a file to write to */
	VIRTIOVF_MIG_RESUME_END,	/* load it into the device, if it is complete */
};

/**
 * struct virtiovf_mig_arc - one step, which succeeds or leaves the state unchanged
 * @from: enum virtiovf_mig_state
 * @to: enum virtiovf_mig_state
 * @action: enum virtiovf_mig_action
 */
struct virtiovf_mig_arc {
	unsigned char from;
	unsigned char to;
	unsigned char action;
};

const struct virtiovf_mig_arc *virtiovf_mig_next(unsigned int from, unsigned int to);

#endif /* DRIVERS_VFIO_PCI_VIRTIO_MIG_FSM_H */
