/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What state is a PCI function in, and what moves it to another?
 *
 * virtio_pci_state_table.c is the whole answer: a row for each state, a cell in it
 * for each event, with the next state and what is to be done. The result of what was
 * done is an event again. virtio_pci_state.c keeps the state, virtio_pci_pm.c feeds it
 * the events and carries out the actions, virtio_pci_reset.c adds how a reset ended.
 */
#ifndef DRIVERS_VIRTIO_VIRTIO_PCI_STATE_H
#define DRIVERS_VIRTIO_VIRTIO_PCI_STATE_H

#include <linux/types.h>

enum vp_state {
	VP_NEW,			/* mapped and enabled, no reset seen since */
	VP_UP,			/* a reset was seen: the virtio core and a driver lead */
	VP_CUT_OFF,		/* did not finish a reset */
	VP_ASLEEP,		/* suspended, its driver frozen */
	VP_DETACHED,		/* reset of the function; its driver waits to reattach */
	VP_VACANT,		/* reset of the function; its driver was removed for it */
	VP_FAILED,		/* a fatal PCI error was reported, recovery is under way */
	VP_OFFLINE,		/* its driver stays bound, but all requests fail */
	VP_GONE,		/* left the bus, or was given up by the PCI core */
	VP_REMOVED,		/* unbound from us */
	VP_STATES
};

enum vp_event {
	/* how a reset of the virtio device ended */
	VP_EV_RESET_SEEN,
	VP_EV_RESET_MISSED,
	VP_EV_RESET_LOST,	/* nobody there to reset */
	/* the virtio driver comes and goes, from the driver core */
	VP_EV_BIND,
	VP_EV_UNBIND,
	/* sleep */
	VP_EV_SUSPEND,
	VP_EV_RESUME,
	/* a reset of the PCI function: sysfs, vfio, or after an error */
	VP_EV_FOUND_DEAD,
	VP_EV_RESET_PREPARE,
	VP_EV_RESET_DONE,
	/* PCI errors */
	VP_EV_ERROR,
	VP_EV_ERROR_RESUME,
	VP_EV_LOST,		/* no recovery, or found to be gone */
	/* results of actions */
	VP_EV_FROZEN,
	VP_EV_DETACHED,
	VP_EV_VACATED,
	VP_EV_NO_DRIVER,
	VP_EV_STUCK,		/* the driver can neither be detached nor removed */
	VP_EV_NOT_BACK,		/* the driver was not content with its device */
	/* PCI remove */
	VP_EV_REMOVE,
	VP_EVENTS
};

enum vp_action {
	VP_DO_UNDEFINED,	/* an empty cell: the unit test finds it */
	VP_DO_NOTHING,
	VP_DO_NEVER,		/* cannot happen: a bug of ours */
	VP_DO_BREAK,		/* the queues: whoever waits for an answer gives up */
	VP_DO_ABORT,		/* the same, and fail what is in flight */
	VP_DO_FREEZE,		/* the driver, for sleep */
	VP_DO_THAW,		/* the driver, on its device */
	VP_DO_THAW_OFFLINE,	/* the driver, which cannot be removed while frozen */
	VP_DO_DETACH,		/* the driver from its device, or remove the driver */
	VP_DO_REATTACH,		/* the driver that was detached */
	VP_DO_START,		/* reset the device for a driver to come */
	VP_ACTIONS
};

struct vp_transition {
	enum vp_action action;	/* carried out in the next state */
	enum vp_state next;
};

/* What holds while a function is in a state */
struct vp_state_traits {
	const char *name;
	bool dma;		/* it may be bus master */
	bool hw;		/* its registers are accessed, else those of the offline kind */
	bool refuses;		/* status reads as 0, so that no driver binds */
};

extern const struct vp_state_traits vp_state_traits[VP_STATES];
extern const char *const vp_event_name[VP_EVENTS];
extern const char *const vp_action_name[VP_ACTIONS];

struct vp_transition vp_state_transition(enum vp_state state, enum vp_event event);

#endif /* DRIVERS_VIRTIO_VIRTIO_PCI_STATE_H */
