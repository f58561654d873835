// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where is the state of a function kept, and what depends on it? Bus mastering, and
 * whether the device's own registers or those of the offline kind are accessed.
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
	WRITE_ONCE(vp->vdev.config, kind->config_ops);
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
