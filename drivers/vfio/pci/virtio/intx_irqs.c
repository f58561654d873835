// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does the VMM control the line? By VFIO_DEVICE_GET_IRQ_INFO and _SET_IRQS of index
 * 0, which vfio-pci-core would refuse for a VF. The core handles all other indices, but
 * one of its rules is enforced here: INTx excludes MSI and MSI-X.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/pm_runtime.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>

#include "virtiovf.h"

static void mask(struct virtiovf_device *vf)
{
	struct virtiovf_intx *intx = &vf->intx;
	unsigned long flags;

	spin_lock_irqsave(&intx->lock, flags);
	virtiovf_intx_state_mask(&intx->state);
	spin_unlock_irqrestore(&intx->lock, flags);
}

/*
 * Context: the eventfd's wake-up, with its lock held and interrupts off, where another
 * eventfd must not be signalled. Return: whether unmask_thread() has to do that.
 */
static int unmask_handler(void *opaque, void *unused)
{
	struct virtiovf_device *vf = opaque;
	struct virtiovf_intx *intx = &vf->intx;
	unsigned long flags;
	bool signal;

	spin_lock_irqsave(&intx->lock, flags);
	signal = virtiovf_intx_state_unmask(&intx->state);
	spin_unlock_irqrestore(&intx->lock, flags);
	return signal;
}

static void unmask_thread(void *opaque, void *unused)
{
	virtiovf_intx_signal(opaque);
}

static void unmask(struct virtiovf_device *vf)
{
	if (unmask_handler(vf, NULL))
		virtiovf_intx_signal(vf);
}

static void loop_back(struct virtiovf_device *vf)
{
	struct virtiovf_intx *intx = &vf->intx;
	unsigned long flags;
	bool signal;

	spin_lock_irqsave(&intx->lock, flags);
	signal = virtiovf_intx_state_loopback(&intx->state);
	spin_unlock_irqrestore(&intx->lock, flags);
	if (signal)
		virtiovf_intx_signal(vf);
}

static int turn_off(struct virtiovf_device *vf)
{
	struct virtiovf_intx *intx = &vf->intx;

	vfio_virqfd_disable(&intx->unmask);
	if (mutex_lock_killable(&vf->bar0_lock))
		return -EINTR;
	virtiovf_intx_disarm(vf, true);
	mutex_unlock(&vf->bar0_lock);
	virtiovf_intx_set_trigger(vf, NULL);
	return 0;
}

/* @fd: -1 for no eventfd; the line is enabled all the same */
static int enable(struct virtiovf_device *vf, int fd)
{
	struct virtiovf_intx *intx = &vf->intx;
	struct virtiovf_intx_trigger *trigger = NULL;
	unsigned long flags;
	bool signal;

	if (fd >= 0)
		trigger = virtiovf_intx_get_trigger(fd);
	if (IS_ERR(trigger))
		return PTR_ERR(trigger);
	if (mutex_lock_killable(&vf->bar0_lock)) {
		virtiovf_intx_put_trigger(trigger);
		return -EINTR;
	}
	virtiovf_intx_set_trigger(vf, trigger);
	spin_lock_irqsave(&intx->lock, flags);
	signal = virtiovf_intx_state_enable(&intx->state, trigger);
	spin_unlock_irqrestore(&intx->lock, flags);
	if (signal)
		virtiovf_intx_signal(vf);
	virtiovf_intx_arm(vf, VIRTIOVF_NO_QUEUE);
	mutex_unlock(&vf->bar0_lock);
	return 0;
}

/* The data of SET_IRQS for the one interrupt of this index */
union intx_data {
	u8 flag;
	s32 fd;
};

static int set_trigger(struct virtiovf_device *vf, const struct vfio_irq_set *set,
		       const union intx_data *data)
{
	struct virtiovf_intx *intx = &vf->intx;
	/* stable: it changes under irqs_lock, and so does the core's irq_type */
	bool enabled = intx->state.enabled;

	lockdep_assert_held(&intx->irqs_lock);
	if (enabled && !set->count && set->flags & VFIO_IRQ_SET_DATA_NONE)
		return turn_off(vf);
	if (set->count != 1 || (!enabled && vf->core.irq_type != VFIO_PCI_NUM_IRQS))
		return -EINVAL;
	if (set->flags & VFIO_IRQ_SET_DATA_EVENTFD)
		return enable(vf, data->fd);
	if (!enabled)
		return -EINVAL;
	if (set->flags & VFIO_IRQ_SET_DATA_NONE || data->flag)
		loop_back(vf);
	return 0;
}

static int set_unmask(struct virtiovf_device *vf, const struct vfio_irq_set *set,
		      const union intx_data *data)
{
	struct virtiovf_intx *intx = &vf->intx;

	lockdep_assert_held(&intx->irqs_lock);
	if (!intx->state.enabled || set->count != 1)
		return -EINVAL;
	if (set->flags & VFIO_IRQ_SET_DATA_EVENTFD) {
		if (data->fd >= 0)
			return vfio_virqfd_enable(vf, unmask_handler, unmask_thread, NULL,
						  &intx->unmask, data->fd);
		vfio_virqfd_disable(&intx->unmask);
	} else if (set->flags & VFIO_IRQ_SET_DATA_NONE || data->flag) {
		unmask(vf);
	}
	return 0;
}

static int set_mask(struct virtiovf_device *vf, const struct vfio_irq_set *set,
		    const union intx_data *data)
{
	lockdep_assert_held(&vf->intx.irqs_lock);
	if (!vf->intx.state.enabled || set->count != 1)
		return -EINVAL;
	if (set->flags & VFIO_IRQ_SET_DATA_EVENTFD)
		return -ENOTTY;
	if (set->flags & VFIO_IRQ_SET_DATA_NONE || data->flag)
		mask(vf);
	return 0;
}

static int set_intx(struct virtiovf_device *vf, const struct vfio_irq_set *set,
		    const union intx_data *data)
{
	switch (set->flags & VFIO_IRQ_SET_ACTION_TYPE_MASK) {
	case VFIO_IRQ_SET_ACTION_TRIGGER:
		return set_trigger(vf, set, data);
	case VFIO_IRQ_SET_ACTION_UNMASK:
		return set_unmask(vf, set, data);
	case VFIO_IRQ_SET_ACTION_MASK:
		return set_mask(vf, set, data);
	default:
		return -ENOTTY;
	}
}

/* User memory is read before any lock is taken */
static long set_index_0(struct virtiovf_device *vf, struct vfio_irq_set *set,
			unsigned long arg)
{
	union intx_data data = {};
	size_t len;
	int ret;

	ret = vfio_set_irqs_validate_and_prepare(set, 1, VFIO_PCI_NUM_IRQS, &len);
	if (ret)
		return ret;
	if (copy_from_user(&data, (void __user *)arg + offsetof(struct vfio_irq_set, data), len))
		return -EFAULT;
	if (mutex_lock_killable(&vf->intx.irqs_lock))
		return -EINTR;
	ret = set_intx(vf, set, &data);
	mutex_unlock(&vf->intx.irqs_lock);
	return ret;
}

/*
 * The core does not know that INTx is in use: irqs_lock keeps INTx from being enabled
 * during the call. The core reads user memory there, so this is held across page faults,
 * but only a SET_IRQS of the same VF, by the same user, waits for it.
 */
static long set_message_index(struct virtiovf_device *vf, const struct vfio_irq_set *set,
			      unsigned long arg)
{
	struct virtiovf_guest_irqs_change *change;
	long ret = -EINVAL;

	change = virtiovf_guest_irqs_prepare(vf, set, arg);
	if (IS_ERR(change))
		return PTR_ERR(change);
	if (mutex_lock_killable(&vf->intx.irqs_lock)) {
		virtiovf_guest_irqs_finish(vf, change, false);
		return -EINTR;
	}
	if (!vf->intx.state.enabled || !(set->flags & VFIO_IRQ_SET_ACTION_TRIGGER))
		ret = vfio_pci_core_ioctl(&vf->core.vdev, VFIO_DEVICE_SET_IRQS, arg);
	virtiovf_guest_irqs_finish(vf, change, !ret);
	mutex_unlock(&vf->intx.irqs_lock);
	return ret;
}

long virtiovf_intx_set_irqs(struct virtiovf_device *vf, unsigned long arg)
{
	struct vfio_irq_set set;

	if (copy_from_user(&set, (void __user *)arg, offsetofend(struct vfio_irq_set, count)))
		return -EFAULT;
	if (vf->intx.pin && set.index == VFIO_PCI_INTX_IRQ_INDEX)
		return set_index_0(vf, &set, arg);
	if (set.index == VFIO_PCI_MSI_IRQ_INDEX || set.index == VFIO_PCI_MSIX_IRQ_INDEX)
		return set_message_index(vf, &set, arg);
	return vfio_pci_core_ioctl(&vf->core.vdev, VFIO_DEVICE_SET_IRQS, arg);
}

long virtiovf_intx_irq_info(struct virtiovf_device *vf, unsigned long arg)
{
	const size_t len = offsetofend(struct vfio_irq_info, count);
	struct vfio_irq_info info;

	if (copy_from_user(&info, (void __user *)arg, len))
		return -EFAULT;
	if (!vf->intx.pin || info.argsz < len || info.index != VFIO_PCI_INTX_IRQ_INDEX)
		return vfio_pci_core_ioctl(&vf->core.vdev, VFIO_DEVICE_GET_IRQ_INFO, arg);
	info.flags = VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_AUTOMASKED;
	info.count = 1;
	return copy_to_user((void __user *)arg, &info, len) ? -EFAULT : 0;
}

/* The reset that follows clears the vectors in the device */
void virtiovf_intx_close(struct virtiovf_device *vf)
{
	struct device *dev = &vf->core.pdev->dev;
	bool awake = !pm_runtime_resume_and_get(dev);

	vfio_virqfd_disable(&vf->intx.unmask);
	mutex_lock(&vf->bar0_lock);
	virtiovf_intx_disarm(vf, false);
	mutex_unlock(&vf->bar0_lock);
	virtiovf_intx_set_trigger(vf, NULL);
	if (awake)
		pm_runtime_put(dev);
}
