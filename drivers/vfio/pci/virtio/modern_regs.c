// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does this driver itself access the registers of a modern driver? By a mapping of its own,
 * under vfio-pci-core's rule for a BAR of the VF: not while the function is being reset, or
 * in D3. There are no commands, so the owner does not have to answer.
 *
 * bar0_lock is held: accesses of the guest take it as well (modern.c), so that a queue that is
 * selected here is not seen by the guest.
 */
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/pci.h>
#include <linux/string.h>

#include "virtiovf.h"

/* Are the registers trapped for a line, or for a log by the driver? Else vfio-pci-core will do. */
static bool wanted(struct virtiovf_device *vf)
{
	return vf->type && (vf->intx.pin || vf->guest_irqs.wanted) &&
	       vf->trap.layout.at[VIRTIOVF_MODERN_COMMON].length;
}

int virtiovf_modern_open(struct virtiovf_device *vf)
{
	for (int place = VIRTIOVF_MODERN_COMMON; place < VIRTIOVF_MODERN_PLACES; place++) {
		const struct virtiovf_structure *it = &vf->trap.layout.at[place];

		if (!wanted(vf))
			break;
		vf->modern.map[place] = ioremap(pci_resource_start(vf->core.pdev, it->bar) +
						it->offset, it->length);
		if (!vf->modern.map[place]) {
			virtiovf_modern_close(vf);
			return -ENOMEM;
		}
	}
	return 0;
}

void virtiovf_modern_close(struct virtiovf_device *vf)
{
	for (int place = 0; place < VIRTIOVF_MODERN_PLACES; place++) {
		if (vf->modern.map[place])
			iounmap(vf->modern.map[place]);
		vf->modern.map[place] = NULL;
	}
}

/* Do accesses to the registers pass modern.c? */
bool virtiovf_modern_used(struct virtiovf_device *vf)
{
	return vf->modern.map[VIRTIOVF_MODERN_COMMON];
}

static int get_locked(struct virtiovf_device *vf, const struct virtiovf_modern_step *step,
		      u8 *bytes)
{
	void __iomem *at = vf->modern.map[step->place] + step->offset;
	__le32 value;

	lockdep_assert_held_read(&vf->core.memory_lock);
	if (!virtiovf_awake(vf))
		return -EIO;
	if (step->len == sizeof(u8))
		value = cpu_to_le32(ioread8(at));
	else if (step->len == sizeof(u16))
		value = cpu_to_le32(ioread16(at));
	else
		value = cpu_to_le32(ioread32(at));
	memcpy(bytes, &value, step->len);
	return 0;
}

static int put_locked(struct virtiovf_device *vf, const struct virtiovf_modern_step *step,
		      const u8 *bytes)
{
	void __iomem *at = vf->modern.map[step->place] + step->offset;
	__le32 value = 0;

	lockdep_assert_held_read(&vf->core.memory_lock);
	if (!virtiovf_awake(vf))
		return -EIO;
	memcpy(&value, bytes, step->len);
	if (step->len == sizeof(u8))
		iowrite8(le32_to_cpu(value), at);
	else if (step->len == sizeof(u16))
		iowrite16(le32_to_cpu(value), at);
	else
		iowrite32(le32_to_cpu(value), at);
	return 0;
}

/* @step: in a structure. @bytes: step->len of them, little-endian */
int virtiovf_modern_get(struct virtiovf_device *vf, const struct virtiovf_modern_step *step,
			u8 *bytes)
{
	int ret;

	lockdep_assert_held(&vf->bar0_lock);
	down_read(&vf->core.memory_lock);
	ret = get_locked(vf, step, bytes);
	up_read(&vf->core.memory_lock);
	return ret;
}

int virtiovf_modern_put(struct virtiovf_device *vf, const struct virtiovf_modern_step *step,
			const u8 *bytes)
{
	int ret;

	lockdep_assert_held(&vf->bar0_lock);
	down_read(&vf->core.memory_lock);
	ret = put_locked(vf, step, bytes);
	up_read(&vf->core.memory_lock);
	return ret;
}

int virtiovf_modern_get_common(struct virtiovf_device *vf, u8 offset, u16 *value)
{
	const struct virtiovf_modern_step step = {
		.place = VIRTIOVF_MODERN_COMMON,
		.offset = offset,
		.len = sizeof(__le16),
	};
	__le16 data;
	int ret = virtiovf_modern_get(vf, &step, (u8 *)&data);

	if (!ret)
		*value = le16_to_cpu(data);
	return ret;
}

int virtiovf_modern_put_common(struct virtiovf_device *vf, u8 offset, u16 value)
{
	const struct virtiovf_modern_step step = {
		.place = VIRTIOVF_MODERN_COMMON,
		.offset = offset,
		.len = sizeof(__le16),
	};
	__le16 data = cpu_to_le16(value);

	return virtiovf_modern_put(vf, &step, (u8 *)&data);
}

/* Reading it clears it */
int virtiovf_modern_get_isr(struct virtiovf_device *vf, u8 *status)
{
	const struct virtiovf_modern_step step = {
		.place = VIRTIOVF_MODERN_ISR,
		.len = sizeof(*status),
	};

	return virtiovf_modern_get(vf, &step, status);
}
