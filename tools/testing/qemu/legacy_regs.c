// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A VF's legacy interface: the registers of "Legacy Interfaces: A Note on PCI
 * Device Layout" as a table, and the device-specific configuration.
 *
 * An access may touch any bytes of a single field. The tolerant card also takes
 * one that spans fields, field by field, since mainline's variant driver sends
 * what its guest did; and it has the two vector fields at any time, not only
 * while MSI-X is enabled.
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "hw/pci/msix.h"
#include "legacy_regs.h"

struct legacy_reg {
	uint8_t offset;
	uint8_t size;
	uint32_t (*read)(struct card_vf *vf);
	void (*write)(struct card_vf *vf, uint32_t value);	/* NULL: ignored */
};

static uint32_t read_device_features(struct card_vf *vf)
{
	return vf->func.vdev->host_features;
}

static uint32_t read_driver_features(struct card_vf *vf)
{
	return vf->func.vdev->guest_features;
}

static void write_driver_features(struct card_vf *vf, uint32_t value)
{
	virtio_set_features(vf->func.vdev, value);
}

static uint32_t read_queue_address(struct card_vf *vf)
{
	VirtIODevice *vdev = vf->func.vdev;

	return virtio_queue_get_addr(vdev, vdev->queue_sel) >> SPEC_LEGACY_PAGE_SHIFT;
}

/* Legacy has no way to stop one queue: address 0 resets the device, as QEMU's own does. */
static void write_queue_address(struct card_vf *vf, uint32_t value)
{
	VirtIODevice *vdev = vf->func.vdev;

	if (value)
		virtio_queue_set_addr(vdev, vdev->queue_sel,
				      (hwaddr)value << SPEC_LEGACY_PAGE_SHIFT);
	else
		card_func_reset(&vf->func);
}

static uint32_t read_queue_size(struct card_vf *vf)
{
	VirtIODevice *vdev = vf->func.vdev;

	return virtio_queue_get_num(vdev, vdev->queue_sel);
}

static uint32_t read_queue_select(struct card_vf *vf)
{
	return vf->func.vdev->queue_sel;
}

static void write_queue_select(struct card_vf *vf, uint32_t value)
{
	if (value < VIRTIO_QUEUE_MAX)
		vf->func.vdev->queue_sel = value;
}

static uint32_t read_nothing(struct card_vf *vf)
{
	return 0;
}

static void write_queue_notify(struct card_vf *vf, uint32_t value)
{
	card_vf_legacy_notify(vf, value, CARD_NOTIFY_COMMON_CFG);
}

static uint32_t read_device_status(struct card_vf *vf)
{
	return vf->func.vdev->status;
}

static void write_device_status(struct card_vf *vf, uint32_t value)
{
	if (!value) {
		card_func_reset(&vf->func);
		return;
	}
	vf->func.driven_by = CARD_LEGACY;
	virtio_set_status(vf->func.vdev, value);
}

/* "Reading this field clears it"; a VF has no interrupt pin to lower. */
static uint32_t read_isr_status(struct card_vf *vf)
{
	return qatomic_xchg(&vf->func.vdev->isr, 0);
}

static uint32_t read_config_vector(struct card_vf *vf)
{
	return vf->func.vdev->config_vector;
}

static void write_config_vector(struct card_vf *vf, uint32_t value)
{
	VirtIODevice *vdev = vf->func.vdev;

	vdev->config_vector = card_vf_take_vector(vf, vdev->config_vector, value);
}

static uint32_t read_queue_vector(struct card_vf *vf)
{
	VirtIODevice *vdev = vf->func.vdev;

	return virtio_queue_vector(vdev, vdev->queue_sel);
}

static void write_queue_vector(struct card_vf *vf, uint32_t value)
{
	VirtIODevice *vdev = vf->func.vdev;
	uint16_t old = virtio_queue_vector(vdev, vdev->queue_sel);

	virtio_queue_set_vector(vdev, vdev->queue_sel, card_vf_take_vector(vf, old, value));
}

static const struct legacy_reg regs[] = {
	{ SPEC_LEGACY_DEVICE_FEATURES, 4, read_device_features },
	{ SPEC_LEGACY_DRIVER_FEATURES, 4, read_driver_features, write_driver_features },
	{ SPEC_LEGACY_QUEUE_ADDRESS, 4, read_queue_address, write_queue_address },
	{ SPEC_LEGACY_QUEUE_SIZE, 2, read_queue_size },
	{ SPEC_LEGACY_QUEUE_SELECT, 2, read_queue_select, write_queue_select },
	{ SPEC_LEGACY_QUEUE_NOTIFY, 2, read_nothing, write_queue_notify },
	{ SPEC_LEGACY_DEVICE_STATUS, 1, read_device_status, write_device_status },
	{ SPEC_LEGACY_ISR_STATUS, 1, read_isr_status },
	{ SPEC_LEGACY_CONFIG_VECTOR, 2, read_config_vector, write_config_vector },
	{ SPEC_LEGACY_QUEUE_VECTOR, 2, read_queue_vector, write_queue_vector },
};

/* The fields' bytes from OFFSET, at most LEN, that lie in FIELD. */
static size_t overlap(size_t offset, size_t len, size_t field, size_t size, size_t *skip)
{
	size_t first = MAX(offset, field);
	size_t end = MIN(offset + len, field + size);

	*skip = first - field;
	return first < end ? end - first : 0;
}

static size_t common_len(struct card_vf *vf)
{
	bool vectors = !vf->pf->strict || msix_enabled(PCI_DEVICE(vf));

	return vectors ? SPEC_LEGACY_LEN_MSIX : SPEC_LEGACY_LEN;
}

static bool inside(size_t offset, size_t len, size_t end)
{
	return len && offset < end && len <= end - offset;
}

static enum legacy_answer common_check(struct card_vf *vf, size_t offset, size_t len)
{
	size_t skip;

	if (!inside(offset, len, common_len(vf)))
		return LEGACY_BAD_FIELD;
	if (!vf->pf->strict)
		return LEGACY_OK;
	for (size_t i = 0; i < ARRAY_SIZE(regs); i++)
		if (overlap(offset, len, regs[i].offset, regs[i].size, &skip) == len)
			return LEGACY_OK;
	return LEGACY_BAD_FIELD;
}

enum legacy_answer legacy_common_read(struct card_vf *vf, size_t offset, uint8_t *buf, size_t len)
{
	enum legacy_answer answer = common_check(vf, offset, len);

	for (size_t i = 0; answer == LEGACY_OK && i < ARRAY_SIZE(regs); i++) {
		const struct legacy_reg *reg = &regs[i];
		uint8_t bytes[4];
		size_t skip, part = overlap(offset, len, reg->offset, reg->size, &skip);

		if (!part)
			continue;
		stl_le_p(bytes, reg->read(vf));
		memcpy(buf + (reg->offset + skip - offset), bytes + skip, part);
	}
	return answer;
}

/* The driver of the other interface may only be reset away. */
static bool busy(struct card_vf *vf, size_t offset, const uint8_t *buf, size_t len)
{
	bool reset = offset == SPEC_LEGACY_DEVICE_STATUS && len == 1 && !*buf;

	return vf->func.driven_by == CARD_MODERN && !reset;
}

/* Bytes of a register that are not written keep their value. */
static void write_part(struct card_vf *vf, const struct legacy_reg *reg, size_t skip,
		       const uint8_t *buf, size_t part)
{
	uint8_t bytes[4] = {};

	if (!reg->write)
		return;
	if (part < reg->size)
		stl_le_p(bytes, reg->read(vf));
	memcpy(bytes + skip, buf, part);
	reg->write(vf, ldl_le_p(bytes));
}

enum legacy_answer legacy_common_write(struct card_vf *vf, size_t offset, const uint8_t *buf,
				       size_t len)
{
	enum legacy_answer answer = common_check(vf, offset, len);

	if (answer == LEGACY_OK && busy(vf, offset, buf, len))
		return LEGACY_BUSY;
	for (size_t i = 0; answer == LEGACY_OK && i < ARRAY_SIZE(regs); i++) {
		size_t skip, part = overlap(offset, len, regs[i].offset, regs[i].size, &skip);

		if (part)
			write_part(vf, &regs[i], skip, buf + (regs[i].offset + skip - offset), part);
	}
	return answer;
}

static enum legacy_answer device_check(struct card_vf *vf, size_t offset, size_t len)
{
	const struct card_field *field = card_func_type(&vf->func)->fields;
	size_t skip;

	if (!inside(offset, len, vf->func.vdev->config_len))
		return LEGACY_BAD_FIELD;
	if (!vf->pf->strict)
		return LEGACY_OK;
	for (; field->size; field++)
		if (overlap(offset, len, field->offset, field->size, &skip) == len)
			return LEGACY_OK;
	return LEGACY_BAD_FIELD;
}

static void load_config(VirtIODevice *vdev)
{
	VIRTIO_DEVICE_GET_CLASS(vdev)->get_config(vdev, vdev->config);
}

enum legacy_answer legacy_device_read(struct card_vf *vf, size_t offset, uint8_t *buf, size_t len)
{
	VirtIODevice *vdev = vf->func.vdev;
	enum legacy_answer answer = device_check(vf, offset, len);

	if (answer == LEGACY_OK) {
		load_config(vdev);
		memcpy(buf, vdev->config + offset, len);
	}
	return answer;
}

enum legacy_answer legacy_device_write(struct card_vf *vf, size_t offset, const uint8_t *buf,
				       size_t len)
{
	VirtIODevice *vdev = vf->func.vdev;
	VirtioDeviceClass *class = VIRTIO_DEVICE_GET_CLASS(vdev);
	enum legacy_answer answer = device_check(vf, offset, len);

	if (answer != LEGACY_OK)
		return answer;
	if (vf->func.driven_by == CARD_MODERN)
		return LEGACY_BUSY;
	load_config(vdev);
	memcpy((uint8_t *)vdev->config + offset, buf, len);
	if (class->set_config)
		class->set_config(vdev, vdev->config);
	return LEGACY_OK;
}
