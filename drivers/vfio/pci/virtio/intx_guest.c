// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which accesses of the guest concern its INTx line? Writes of registers in BAR0, of the
 * modern common configuration and of PCI_COMMAND, and resets.
 */
#include <linux/kernel.h>
#include <linux/pci.h>
#include <linux/virtio_config.h>
#include <linux/virtio_pci.h>

#include "bar0_layout.h"
#include "virtiovf.h"

/* Context: after a write of PCI_COMMAND. May wait for the device. */
void virtiovf_intx_command_written(struct virtiovf_device *vf)
{
	struct virtiovf_intx *intx = &vf->intx;
	bool signal, enabled;
	unsigned long flags;

	/* under config_lock, so that concurrent writes are applied in order */
	spin_lock(&vf->config_lock);
	spin_lock_irqsave(&intx->lock, flags);
	enabled = intx->state.disabled && !virtiovf_config_intx_disabled(&vf->config);
	signal = virtiovf_intx_state_disable(&intx->state,
					     virtiovf_config_intx_disabled(&vf->config));
	spin_unlock_irqrestore(&intx->lock, flags);
	spin_unlock(&vf->config_lock);
	if (signal)
		virtiovf_intx_signal(vf);
	if (!enabled || mutex_lock_killable(&vf->bar0_lock))
		return;
	virtiovf_intx_arm(vf, VIRTIOVF_NO_QUEUE);
	mutex_unlock(&vf->bar0_lock);
}

/* Context: the locks of a reset are held, so nothing waits here */
void virtiovf_intx_function_reset(struct virtiovf_device *vf)
{
	struct virtiovf_intx *intx = &vf->intx;
	unsigned long flags;

	spin_lock_irqsave(&intx->lock, flags);
	intx->setup = (struct virtiovf_setup) {};
	virtiovf_intx_state_function_reset(&intx->state);
	virtiovf_intx_forget_vectors(intx);
	spin_unlock_irqrestore(&intx->lock, flags);
}

/*
 * Linux before 2.6.34 and other drivers of the time do not enable bus mastering: the
 * devices that they were written for did not need it.
 */
static void enable_bus_master(struct virtiovf_device *vf)
{
	struct pci_dev *pdev = vf->core.pdev;
	u16 command;

	/* as vfio-pci-core does for a write of PCI_COMMAND */
	down_write(&vf->core.memory_lock);
	if (virtiovf_awake(vf) && !pci_read_config_word(pdev, PCI_COMMAND, &command) &&
	    !(command & PCI_COMMAND_MASTER))
		pci_set_master(pdev);
	up_write(&vf->core.memory_lock);
}

static bool has_bus_master(struct virtiovf_device *vf)
{
	u16 command = 0;
	bool has;

	down_read(&vf->core.memory_lock);
	has = !virtiovf_awake(vf) ||
	      pci_read_config_word(vf->core.pdev, PCI_COMMAND, &command) ||
	      command & PCI_COMMAND_MASTER;
	up_read(&vf->core.memory_lock);
	return has;
}

/*
 * The VMM restores PCI_COMMAND as the guest wrote it. If the source enabled bus mastering for
 * its driver, that is not in there, and the driver will not write ACKNOWLEDGE | DRIVER again.
 *
 * Context: the source's parts were set. Return: 0, or -EIO if the device status is not known
 */
int virtiovf_intx_moved_master(struct virtiovf_device *vf)
{
	u8 status;

	lockdep_assert_held(&vf->bar0_lock);
	if (has_bus_master(vf))
		return 0;
	if (vf->admin->legacy_common_io_read(vf->core.pdev, VIRTIOVF_DEVICE_STATUS,
					     sizeof(status), &status))
		return -EIO;
	if (status & VIRTIO_CONFIG_S_DRIVER)
		enable_bus_master(vf);
	return 0;
}

/* What @event means for the line, whose setup has it already */
static void note_event(struct virtiovf_intx *intx, enum virtiovf_setup_event event)
{
	lockdep_assert_held(&intx->lock);
	if (event == VIRTIOVF_SETUP_RESET) {
		virtiovf_intx_state_device_reset(&intx->state);
		virtiovf_intx_forget_vectors(intx);
	}
	/* the legacy interface cannot stop one queue: QEMU's devices reset themselves */
	if (event == VIRTIOVF_SETUP_NO_QUEUE)
		intx->programmed = false;
}

/* Context: a command that writes a common register succeeded. May wait for the device. */
void virtiovf_intx_written(struct virtiovf_device *vf, u32 offset, u32 len, const u8 *bytes)
{
	struct virtiovf_intx *intx = &vf->intx;
	enum virtiovf_setup_event event;
	unsigned long flags;
	u16 queue;

	lockdep_assert_held(&vf->bar0_lock);
	spin_lock_irqsave(&intx->lock, flags);
	event = virtiovf_setup_written(&intx->setup, offset, len, bytes);
	note_event(intx, event);
	queue = intx->setup.select;
	spin_unlock_irqrestore(&intx->lock, flags);

	if (event == VIRTIOVF_SETUP_QUEUE)
		virtiovf_intx_arm(vf, queue);
	else if (event == VIRTIOVF_SETUP_DRIVER)
		enable_bus_master(vf);
}

/*
 * Context: @len bytes were written at @offset of the modern common configuration. A modern
 * driver enables bus mastering itself.
 */
void virtiovf_intx_modern_written(struct virtiovf_device *vf, u32 offset, u32 len,
				  const u8 *bytes)
{
	enum virtiovf_setup_event event = virtiovf_setup_modern_event(offset, len, bytes);
	struct virtiovf_intx *intx = &vf->intx;
	unsigned long flags;
	u16 queue = 0;

	lockdep_assert_held(&vf->bar0_lock);
	if (event == VIRTIOVF_SETUP_NOTHING)
		return;
	if (event != VIRTIOVF_SETUP_RESET &&
	    virtiovf_modern_get_common(vf, VIRTIO_PCI_COMMON_Q_SELECT, &queue))
		return;
	spin_lock_irqsave(&intx->lock, flags);
	event = virtiovf_setup_modern(&intx->setup, event, queue);
	note_event(intx, event);
	spin_unlock_irqrestore(&intx->lock, flags);
	if (event == VIRTIOVF_SETUP_QUEUE)
		virtiovf_intx_arm(vf, queue);
}

/* A command that writes a common register failed; the device may have executed it */
void virtiovf_intx_write_failed(struct virtiovf_device *vf)
{
	struct virtiovf_intx *intx = &vf->intx;
	unsigned long flags;

	spin_lock_irqsave(&intx->lock, flags);
	intx->programmed = false;
	spin_unlock_irqrestore(&intx->lock, flags);
}
