// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where is the state of a function kept, and what depends on it? Bus mastering, and
 * whether the device's own registers or those of the offline kind are accessed. Has the
 * function left the bus?
 */
#include <linux/lockdep.h>
#include <linux/pci.h>

#include "virtio_pci.h"

/*
 * The only place in this driver that switches bus mastering. Those in the PCI core are
 * listed in virtio_pci_state_table.c.
 */
static void vp_set_dma(struct vp_device *vp, bool on)
{
	if (on)
		pci_set_master(vp->pci_dev);
	else
		pci_clear_master(vp->pci_dev);
}

static void vp_set_kind(struct vp_device *vp, bool hw)
{
	const struct vp_kind *kind = hw ? vp->hw : &vp_offline;

	if (vp->kind == kind)
		return;
	if (!hw)
		vp->offline_status = 0;
	WRITE_ONCE(vp->kind, kind);
}

/* Needs no lock before the device is registered and after it is unregistered */
static void vp_state_set(struct vp_device *vp, enum vp_state state)
{
	const struct vp_state_traits *traits = &vp_state_traits[state];

	if (vp->driver.notifier_call)
		lockdep_assert_held(&vp->vdev.dev.mutex);
	if (!traits->dma)
		vp_set_dma(vp, false);
	vp_set_kind(vp, traits->hw);
	WRITE_ONCE(vp->state, state);
	if (traits->dma)
		vp_set_dma(vp, true);
}

/* The function is enabled and mapped */
void vp_state_init(struct vp_device *vp)
{
	vp_state_set(vp, VP_NEW);
}

/* Return: what is to be done now that @event has led to the next state */
enum vp_action vp_state_event(struct vp_device *vp, enum vp_event event)
{
	struct vp_transition transition = vp_state_transition(vp->state, event);

	if (WARN_ONCE(transition.action == VP_DO_NEVER, "%s: \"%s\" while %s\n",
		      pci_name(vp->pci_dev), vp_event_name[event],
		      vp_state_traits[vp->state].name))
		return VP_DO_NOTHING;
	if (transition.next != vp->state)
		dev_dbg(&vp->pci_dev->dev, "%s: %s -> %s, %s\n", vp_event_name[event],
			vp_state_traits[vp->state].name,
			vp_state_traits[transition.next].name,
			vp_action_name[transition.action]);
	vp_state_set(vp, transition.next);
	return transition.action;
}

/*
 * Has the device left the bus? A status of all ones alone may come from a disabled BAR,
 * and not every bus returns ones for a missing device.
 */
bool vp_gone(struct vp_device *vp)
{
	u8 status = vp->kind->get_status(vp);

	if (READ_ONCE(vp->state) == VP_GONE ||
	    vp->pci_dev->error_state == pci_channel_io_perm_failure)
		return true;
	if (status != 0xff && status & VIRTIO_CONFIG_S_DRIVER_OK)
		return false;
	return !pci_device_is_present(vp->pci_dev);
}
