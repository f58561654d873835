// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is configuration space read and written? vfio-pci-core does the access; the
 * registers of a transitional device are then overlaid on what it read, or updated
 * with what was written (config_regs.c).
 */
#include <linux/kernel.h>
#include <linux/pci.h>
#include <linux/uaccess.h>

#include "virtiovf.h"

/* At open, and after each reset of the function */
void virtiovf_config_space_reset(struct virtiovf_device *vf)
{
	spin_lock(&vf->config_lock);
	virtiovf_config_reset(&vf->config, vf->type, vf->intx.pin);
	spin_unlock(&vf->config_lock);
}

/* How many of the @count bytes at @pos the overlay can cover */
static size_t overlaid(loff_t pos, size_t count)
{
	return pos < VIRTIOVF_CONFIG_LEN ? min_t(size_t, count, VIRTIOVF_CONFIG_LEN - pos) : 0;
}

/*
 * MSI-X is enabled as far as the user has enabled it: vectors behind INTx are the
 * driver's own. @len bytes of configuration space from @pos on were read to @buf.
 */
static int hide_own_msix(struct virtiovf_device *vf, loff_t pos, char __user *buf, size_t len)
{
	const u8 ours = (PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL) >> 8;
	loff_t at = vf->core.pdev->msix_cap + PCI_MSIX_FLAGS + 1;
	u8 control;

	if (!vf->intx.pin || at < pos || at >= pos + len || virtiovf_intx_guest_msix(vf))
		return 0;
	if (get_user(control, (u8 __user *)buf + (at - pos)))
		return -EFAULT;
	return put_user(control & ~ours, (u8 __user *)buf + (at - pos));
}

ssize_t virtiovf_config_space_read(struct virtiovf_device *vf, char __user *buf, size_t count,
				   loff_t *ppos)
{
	loff_t pos = *ppos & VFIO_PCI_OFFSET_MASK;
	ssize_t done = vfio_pci_core_read(&vf->core.vdev, buf, count, ppos);
	size_t ours = done > 0 ? overlaid(pos, done) : 0;
	u8 bytes[VIRTIOVF_CONFIG_LEN];

	if (done > 0 && hide_own_msix(vf, pos, buf, done))
		return -EFAULT;
	if (copy_from_user(bytes, buf, ours))
		return -EFAULT;
	spin_lock(&vf->config_lock);
	virtiovf_config_set_interrupt(&vf->config, virtiovf_intx_pending(vf));
	virtiovf_config_read(&vf->config, pos, bytes, ours);
	spin_unlock(&vf->config_lock);
	return copy_to_user(buf, bytes, ours) ? -EFAULT : done;
}

ssize_t virtiovf_config_space_write(struct virtiovf_device *vf, const char __user *buf,
				    size_t count, loff_t *ppos)
{
	loff_t pos = *ppos & VFIO_PCI_OFFSET_MASK;
	size_t ours = overlaid(pos, count);
	u8 bytes[VIRTIOVF_CONFIG_LEN];
	ssize_t done;

	/* the core first: the write may cause a reset, which clears the overlay */
	if (copy_from_user(bytes, buf, ours))
		return -EFAULT;
	if (virtiovf_trap_meets_window(vf, pos, count))
		virtiovf_interpose_window_written(vf);
	done = vfio_pci_core_write(&vf->core.vdev, buf, count, ppos);
	if (done <= 0)
		return done;
	virtiovf_interpose_settle(vf);
	spin_lock(&vf->config_lock);
	virtiovf_config_write(&vf->config, pos, bytes, min_t(size_t, ours, done));
	spin_unlock(&vf->config_lock);
	if (ours)
		virtiovf_intx_command_written(vf);
	return done;
}
