/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which states can a PCI function be in, and which events change them?
 *
 * virtio_pci_state_table.c has the complete table: for each state and event, the next
 * state and the action. The result of an action is an event again. virtio_pci_state.c
 * keeps the state, virtio_pci_pm.c feeds it the events and carries out the actions, and
 * virtio_pci_reset.c feeds it how a reset ended.
 */
#ifndef DRIVERS_VIRTIO_VIRTIO_PCI_STATE_H
#define DRIVERS_VIRTIO_VIRTIO_PCI_STATE_H

#include <linux/types.h>

enum vp_state {
	VP_NEW,			/* mapped and enabled, no device reset seen since */
	VP_UP,			/* the device was reset and is in use, or can be */
	VP_CUT_OFF,		/* a device reset timed out */
	VP_SUSPENDED,		/* its driver is frozen */
	VP_DETACHED,		/* function reset; its driver will be reattached */
	VP_VACANT,		/* function reset; its driver was removed for it */
	VP_FAILED,		/* a fatal PCI error was reported, recovery is in progress */
	VP_OFFLINE,		/* its driver stays bound, but all requests fail */
	VP_GONE,		/* left the bus, or the PCI core gave up on it */
	VP_REMOVED,		/* PCI remove */
	VP_STATES
};

enum vp_event {
	/* how a reset of the virtio device ended */
	VP_EV_RESET_SEEN,
	VP_EV_RESET_MISSED,	/* timeout */
	VP_EV_RESET_LOST,	/* the device is gone */
	/* a virtio driver binds or unbinds, from the driver core */
	VP_EV_BIND,
	VP_EV_UNBIND,
	/* power management */
	VP_EV_SUSPEND,
	VP_EV_RESUME,
	/* a reset of the PCI function: sysfs, vfio, or after an error */
	VP_EV_FOUND_DEAD,
	VP_EV_RESET_PREPARE,
	VP_EV_RESET_DONE,
	/* PCI errors */
	VP_EV_ERROR,
	VP_EV_ERROR_RESUME,
	VP_EV_LOST,		/* no recovery possible, or the device is gone */
	/* results of actions */
	VP_EV_FROZEN,
	VP_EV_DETACHED,
	VP_EV_VACATED,
	VP_EV_NO_DRIVER,
	VP_EV_STUCK,		/* the driver can neither be detached nor removed */
	VP_EV_NOT_BACK,		/* the driver's restore() or reset_done() failed */
	/* PCI remove */
	VP_EV_REMOVE,
	VP_EVENTS
};

enum vp_action {
	VP_DO_UNDEFINED,	/* an empty cell: the unit test finds it */
	VP_DO_NOTHING,
	VP_DO_NEVER,		/* cannot happen: driver bug */
	VP_DO_BREAK,		/* break the queues, so that drivers stop waiting */
	VP_DO_ABORT,		/* break the queues and fail the requests in flight */
	VP_DO_FREEZE,		/* freeze the driver, for suspend */
	VP_DO_THAW,		/* restore the driver on its device */
	VP_DO_THAW_OFFLINE,	/* restore it on the offline kind, as it cannot be removed frozen */
	VP_DO_DETACH,		/* detach the driver from its device, or remove it */
	VP_DO_REATTACH,		/* reattach the driver that was detached */
	VP_DO_START,		/* reset the device for a driver's probe */
	VP_ACTIONS
};

struct vp_transition {
	enum vp_action action;	/* carried out in the next state */
	enum vp_state next;
};

/* Properties of a state */
struct vp_state_traits {
	const char *name;
	bool dma;		/* bus mastering is enabled */
	bool hw;		/* the device's registers are accessed, else the offline kind's */
	bool refuses;		/* the status reads as 0, so that no driver binds */
};

extern const struct vp_state_traits vp_state_traits[VP_STATES];
extern const char *const vp_event_name[VP_EVENTS];
extern const char *const vp_action_name[VP_ACTIONS];

struct vp_transition vp_state_transition(enum vp_state state, enum vp_event event);

#endif /* DRIVERS_VIRTIO_VIRTIO_PCI_STATE_H */
