// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does an access of the guest to the trapped registers of a modern driver do? The path
 * of one access, from read() or write() of a BAR's region:
 *
 *	virtiovf_modern_read(), _write()	is a register concerned?
 *	do_parts()				part by part
 *	run_step()				one access to a register, under bar0_lock
 *	vfio_pci_core_read(), _write()		all outside the two structures
 *
 * The device gets each access as it is, but for what belongs to the INTx line: the ISR status
 * that is kept by this driver, and vector registers that it has programmed. To the guest,
 * for which MSI-X is off then, they read as "no vector", and its writes are ignored. And but
 * for the used rings and vectors of queues while the driver logs (interpose_regs.c).
 */
#include <linux/kernel.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/uaccess.h>

#include "virtiovf.h"

static int read_isr(struct virtiovf_device *vf, const struct virtiovf_modern_step *step,
		    u8 *bytes)
{
	int ret;

	if (!virtiovf_awake(vf))
		return -EIO;
	memset(bytes, 0, step->len);
	if (virtiovf_intx_read_isr(vf, bytes))
		return 0;
	ret = virtiovf_modern_get(vf, step, bytes);
	if (!ret)
		virtiovf_intx_add_isr(vf, bytes);
	return ret;
}

static int read_step(struct virtiovf_device *vf, const struct virtiovf_modern_step *step,
		     u8 *bytes)
{
	int ret;

	if (step->place == VIRTIOVF_MODERN_ISR && !step->offset)
		return read_isr(vf, step, bytes);
	ret = virtiovf_modern_get(vf, step, bytes);
	if (ret || step->place != VIRTIOVF_MODERN_COMMON)
		return ret;
	ret = virtiovf_interpose_modern_read(vf, step->offset, step->len, bytes);
	if (!ret && vf->intx.allocated)
		virtiovf_modern_hide_vectors(step->offset, step->len, bytes);
	return ret;
}

static int write_step(struct virtiovf_device *vf, const struct virtiovf_modern_step *step,
		      const u8 *bytes)
{
	int ret;

	if (step->place != VIRTIOVF_MODERN_COMMON)
		return virtiovf_modern_put(vf, step, bytes);
	if (vf->intx.allocated && virtiovf_modern_is_vector(step->offset, step->len))
		return 0;
	ret = virtiovf_interpose_modern_write(vf, step->offset, step->len, bytes);
	if (ret)
		return min(ret, 0);
	ret = virtiovf_modern_put(vf, step, bytes);
	if (!ret)
		virtiovf_intx_modern_written(vf, step->offset, step->len, bytes);
	return ret;
}

static int run_step(struct virtiovf_device *vf, bool write,
		    const struct virtiovf_modern_step *step, u8 *bytes)
{
	int ret;

	if (mutex_lock_killable(&vf->bar0_lock))
		return -EINTR;
	ret = write ? write_step(vf, step, bytes) : read_step(vf, step, bytes);
	mutex_unlock(&vf->bar0_lock);
	return ret;
}

static ssize_t do_part(struct virtiovf_device *vf, bool write, char __user *buf,
		       const struct virtiovf_modern_step *step, loff_t *ppos)
{
	u8 bytes[VIRTIOVF_MODERN_UNIT_MAX];
	int ret;

	if (step->place == VIRTIOVF_MODERN_ELSEWHERE)
		return write ? vfio_pci_core_write(&vf->core.vdev, buf, step->len, ppos) :
			       vfio_pci_core_read(&vf->core.vdev, buf, step->len, ppos);
	if (write && copy_from_user(bytes, buf, step->len))
		return -EFAULT;
	ret = run_step(vf, write, step, bytes);
	if (ret)
		return ret;
	if (!write && copy_to_user(buf, bytes, step->len))
		return -EFAULT;
	*ppos += step->len;
	return step->len;
}

/* The first step of an access; elsewhere with all of @count if no register is concerned */
static struct virtiovf_modern_step step_at(struct virtiovf_device *vf, size_t count, loff_t pos)
{
	unsigned int region = VFIO_PCI_OFFSET_TO_INDEX(pos);
	u64 offset = pos & VFIO_PCI_OFFSET_MASK;

	if (!virtiovf_modern_used(vf) || region >= VIRTIOVF_TRAP_BARS)
		return (struct virtiovf_modern_step) { .offset = offset, .len = count };
	return virtiovf_modern_step(&vf->trap.layout, region, offset, count);
}

/* As vfio-pci-core does, an access ends with the BAR. @pos: of an access that reaches a register */
static size_t len_inside(struct virtiovf_device *vf, size_t count, loff_t pos)
{
	u64 size = pci_resource_len(vf->core.pdev, VFIO_PCI_OFFSET_TO_INDEX(pos));

	return min_t(u64, count, size - (pos & VFIO_PCI_OFFSET_MASK));
}

static ssize_t do_parts(struct virtiovf_device *vf, bool write, char __user *buf, size_t count,
			loff_t *ppos)
{
	size_t done = 0;
	ssize_t ret;

	while (done < count) {
		struct virtiovf_modern_step step = step_at(vf, count - done, *ppos);

		ret = do_part(vf, write, buf + done, &step, ppos);
		if (ret < 0)
			return ret;
		done += ret;
		if (ret < step.len)
			break;
	}
	return done;
}

static ssize_t access_registers(struct virtiovf_device *vf, bool write, char __user *buf,
				size_t count, loff_t *ppos)
{
	struct device *dev = &vf->core.pdev->dev;
	ssize_t ret;

	if (pm_runtime_resume_and_get(dev))
		return -EIO;
	ret = do_parts(vf, write, buf, len_inside(vf, count, *ppos), ppos);
	pm_runtime_put(dev);
	return ret;
}

/* Is no register of the line concerned? */
static bool is_elsewhere(struct virtiovf_device *vf, size_t count, loff_t pos)
{
	struct virtiovf_modern_step step = step_at(vf, count, pos);

	return step.place == VIRTIOVF_MODERN_ELSEWHERE && step.len == count;
}

ssize_t virtiovf_modern_read(struct virtiovf_device *vf, char __user *buf, size_t count,
			     loff_t *ppos)
{
	if (!count || is_elsewhere(vf, count, *ppos))
		return vfio_pci_core_read(&vf->core.vdev, buf, count, ppos);
	return access_registers(vf, false, buf, count, ppos);
}

ssize_t virtiovf_modern_write(struct virtiovf_device *vf, const char __user *buf, size_t count,
			      loff_t *ppos)
{
	if (!count || is_elsewhere(vf, count, *ppos))
		return vfio_pci_core_write(&vf->core.vdev, buf, count, ppos);
	return access_registers(vf, true, (char __user *)buf, count, ppos);
}
