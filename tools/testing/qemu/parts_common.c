// SPDX-License-Identifier: GPL-2.0-or-later
/* The common device parts, 0x100 to 0x105: features, registers, status, queues. */
#include "qemu/osdep.h"
#include "qemu/host-utils.h"
#include "parts.h"

/* Status bits that virtio 1.4 has and the card knows */
#define STATUS_KNOWN	(VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER | \
			 VIRTIO_CONFIG_S_DRIVER_OK | VIRTIO_CONFIG_S_FEATURES_OK | \
			 VIRTIO_CONFIG_S_NEEDS_RESET | VIRTIO_CONFIG_S_FAILED)

static bool no_selector(const struct part *part)
{
	static const uint8_t zero[PARTS_SELECTOR];

	return !memcmp(part->selector, zero, sizeof(zero));
}

/* --- features --- */

/* As a modern driver reads them: without bits that are the legacy interface's alone */
static uint64_t device_features(VirtIODevice *vdev)
{
	return vdev->host_features & ~VIRTIO_DEVICE_GET_CLASS(vdev)->legacy_features;
}

static void get_device_features(struct parts_out *out)
{
	uint64_t word = cpu_to_le64(device_features(out->vf->func.vdev));

	parts_emit(out, NULL, &word, sizeof(word));
}

static bool check_device_features(struct parts_in *in, const struct part *part)
{
	return part->len == sizeof(uint64_t) && no_selector(part) &&
	       ldq_le_p(part->value) == device_features(in->vf->func.vdev);
}

static void get_driver_features(struct parts_out *out)
{
	uint64_t word = cpu_to_le64(out->vf->func.vdev->guest_features);

	parts_emit(out, NULL, &word, sizeof(word));
}

/* A modern driver has to accept ACCESS_PLATFORM, or its FEATURES_OK would be refused. */
static bool check_driver_features(struct parts_in *in, const struct part *part)
{
	if (part->len != sizeof(uint64_t) || !no_selector(part))
		return false;
	in->features = ldq_le_p(part->value);
	if (in->features & ~in->vf->func.vdev->host_features)
		return false;
	return !virtio_has_feature(in->features, VIRTIO_F_VERSION_1) ||
	       virtio_has_feature(in->features, VIRTIO_F_IOMMU_PLATFORM);
}

static void set_driver_features(struct card_vf *vf, const struct part *part)
{
	VirtIODevice *vdev = vf->func.vdev;
	uint64_t features = ldq_le_p(part->value);
	uint8_t status = vdev->status;

	vf->func.proxy.guest_features[0] = features;
	vf->func.proxy.guest_features[1] = features >> 32;
	if (features == vdev->guest_features)
		return;
	/* QEMU takes no features after FEATURES_OK */
	vdev->status &= ~VIRTIO_CONFIG_S_FEATURES_OK;
	virtio_set_features(vdev, features);
	vdev->status = status;
}

/* --- the common configuration --- */

static uint32_t get_device_select(struct card_vf *vf)
{
	return vf->func.proxy.dfselect;
}

static void set_device_select(struct card_vf *vf, uint32_t value)
{
	vf->func.proxy.dfselect = value;
}

static uint32_t get_driver_select(struct card_vf *vf)
{
	return vf->func.proxy.gfselect;
}

static void set_driver_select(struct card_vf *vf, uint32_t value)
{
	vf->func.proxy.gfselect = value;
}

static uint32_t get_config_vector(struct card_vf *vf)
{
	return vf->func.vdev->config_vector;
}

static bool vector_ok(struct card_vf *vf, uint32_t vector)
{
	return vector == VIRTIO_NO_VECTOR || vector < vf->func.proxy.nvectors;
}

static void set_config_vector(struct card_vf *vf, uint32_t value)
{
	VirtIODevice *vdev = vf->func.vdev;

	vdev->config_vector = card_vf_take_vector(vf, vdev->config_vector, value);
}

/* As many as the driver's features make, which may come in the same list */
static uint32_t get_num_queues(struct card_vf *vf)
{
	return virtio_get_num_queues(vf->func.vdev);
}

static uint32_t get_queue_select(struct card_vf *vf)
{
	return vf->func.vdev->queue_sel;
}

static bool queue_select_ok(struct card_vf *vf, uint32_t value)
{
	return value < VIRTIO_QUEUE_MAX;
}

static void set_queue_select(struct card_vf *vf, uint32_t value)
{
	vf->func.vdev->queue_sel = value;
}

struct common_field {
	uint8_t offset;
	uint8_t size;
	uint32_t (*get)(struct card_vf *vf);
	bool (*ok)(struct card_vf *vf, uint32_t value);		/* NULL: any value is */
	void (*set)(struct card_vf *vf, uint32_t value);	/* NULL: it has to be equal */
};

static const struct common_field common_fields[] = {
	{ SPEC_COMMON_DEVICE_FEATURE_SELECT, 4, get_device_select, NULL, set_device_select },
	{ SPEC_COMMON_DRIVER_FEATURE_SELECT, 4, get_driver_select, NULL, set_driver_select },
	{ SPEC_COMMON_CONFIG_VECTOR, 2, get_config_vector, vector_ok, set_config_vector },
	{ SPEC_COMMON_NUM_QUEUES, 2, get_num_queues },
	{ SPEC_COMMON_QUEUE_SELECT, 2, get_queue_select, queue_select_ok, set_queue_select },
};

static void get_common(struct parts_out *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(common_fields); i++) {
		const struct common_field *field = &common_fields[i];
		uint8_t selector[PARTS_SELECTOR] = {}, value[4];

		stl_le_p(selector, field->offset);
		stl_le_p(value, field->get(out->vf));
		parts_emit(out, selector, value, field->size);
	}
}

static const struct common_field *find_field(const struct part *part)
{
	if (ldl_le_p(part->selector + 4))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(common_fields); i++)
		if (common_fields[i].offset == ldl_le_p(part->selector))
			return &common_fields[i];
	return NULL;
}

static uint32_t field_value(const struct part *part)
{
	return part->len == 2 ? lduw_le_p(part->value) : ldl_le_p(part->value);
}

/* Queues that there are with the driver's features, without a gap */
static uint32_t queues_with(struct parts_in *in)
{
	const struct card_type *type = card_func_type(&in->vf->func);
	uint32_t count = 0;

	while (type->queue_max(in->vf->func.vdev, in->features, count))
		count++;
	return count;
}

static bool check_common(struct parts_in *in, const struct part *part)
{
	const struct common_field *field = find_field(part);

	if (!field || part->len != field->size)
		return false;
	if (!field->set)
		return field_value(part) == queues_with(in);
	return !field->ok || field->ok(in->vf, field_value(part));
}

static void set_common(struct card_vf *vf, const struct part *part)
{
	const struct common_field *field = find_field(part);

	if (field->set)
		field->set(vf, field_value(part));
}

/* --- status --- */

static void get_status(struct parts_out *out)
{
	parts_emit(out, NULL, &out->vf->func.vdev->status, sizeof(uint8_t));
}

static bool check_status(struct parts_in *in, const struct part *part)
{
	return part->len == sizeof(uint8_t) && no_selector(part) && !(*part->value & ~STATUS_KNOWN);
}

/* Which interface it is that was driven, the part of our own says for sure. */
static void set_status(struct card_vf *vf, const struct part *part)
{
	VirtIODevice *vdev = vf->func.vdev;
	bool modern = virtio_vdev_has_feature(vdev, VIRTIO_F_VERSION_1);

	virtio_set_status(vdev, *part->value);
	vdev->broken = *part->value & VIRTIO_CONFIG_S_NEEDS_RESET;
	if (!*part->value)
		vf->func.driven_by = CARD_IDLE;
	else
		vf->func.driven_by = modern ? CARD_MODERN : CARD_LEGACY;
}

/* --- queues --- */

static unsigned int part_queue(const struct part *part)
{
	return lduw_le_p(part->selector);
}

static bool queue_selector_ok(const struct part *part)
{
	static const uint8_t zero[PARTS_SELECTOR - 2];

	return !memcmp(part->selector + 2, zero, sizeof(zero));
}

static unsigned int queue_max(struct parts_in *in, const struct part *part)
{
	const struct card_type *type = card_func_type(&in->vf->func);

	if (!queue_selector_ok(part))
		return 0;
	return type->queue_max(in->vf->func.vdev, in->features, part_queue(part));
}

static void each_queue(struct parts_out *out,
		       void (*get)(struct parts_out *out, unsigned int index,
				   const uint8_t *selector))
{
	VirtIODevice *vdev = out->vf->func.vdev;

	for (unsigned int i = 0; i < VIRTIO_QUEUE_MAX; i++) {
		uint8_t selector[PARTS_SELECTOR] = {};

		if (!virtio_queue_get_num(vdev, i))
			continue;
		stw_le_p(selector, i);
		get(out, i, selector);
	}
}

static uint64_t two_words(const uint32_t words[2])
{
	return (uint64_t)words[1] << 32 | words[0];
}

/* What the driver wrote of one that is not enabled is in virtio-pci's registers. */
static void get_queue(struct parts_out *out, unsigned int index, const uint8_t *selector)
{
	VirtIODevice *vdev = out->vf->func.vdev;
	VirtIOPCIQueue *regs = &out->vf->func.proxy.vqs[index];
	bool enabled = virtio_queue_get_desc_addr(vdev, index);
	struct spec_part_queue value = {
		.size = cpu_to_le16(virtio_queue_get_num(vdev, index)),
		.vector = cpu_to_le16(virtio_queue_vector(vdev, index)),
		.enabled = cpu_to_le16(enabled),
		.desc = cpu_to_le64(enabled ? virtio_queue_get_desc_addr(vdev, index) :
					      two_words(regs->desc)),
		.driver = cpu_to_le64(enabled ? virtio_queue_get_avail_addr(vdev, index) :
						two_words(regs->avail)),
		.device = cpu_to_le64(enabled ? virtio_queue_get_used_addr(vdev, index) :
						two_words(regs->used)),
	};

	parts_emit(out, selector, &value, sizeof(value));
}

static void get_queues(struct parts_out *out)
{
	each_queue(out, get_queue);
}

static struct spec_part_queue queue_value(const struct part *part)
{
	struct spec_part_queue value;

	memcpy(&value, part->value, sizeof(value));
	return value;
}

static bool check_queue(struct parts_in *in, const struct part *part)
{
	struct spec_part_queue value;
	unsigned int size;

	if (part->len != sizeof(value))
		return false;
	value = queue_value(part);
	size = le16_to_cpu(value.size);
	if (!size || size > queue_max(in, part) || le16_to_cpu(value.enabled) > 1)
		return false;
	if (!virtio_has_feature(in->features, VIRTIO_F_RING_PACKED) && !is_power_of_2(size))
		return false;
	return vector_ok(in->vf, le16_to_cpu(value.vector));
}

static void set_words(uint32_t words[2], uint64_t value)
{
	words[0] = value;
	words[1] = value >> 32;
}

/* Where the device is in an enabled ring is found when it goes on. */
static void set_queue(struct card_vf *vf, const struct part *part)
{
	struct spec_part_queue value = queue_value(part);
	unsigned int index = part_queue(part);
	uint64_t desc = le64_to_cpu(value.desc), driver = le64_to_cpu(value.driver);
	uint64_t device = le64_to_cpu(value.device);
	bool enabled = le16_to_cpu(value.enabled);
	VirtIODevice *vdev = vf->func.vdev;
	VirtIOPCIQueue *regs = &vf->func.proxy.vqs[index];

	regs->num = le16_to_cpu(value.size);
	regs->enabled = enabled;
	set_words(regs->desc, desc);
	set_words(regs->avail, driver);
	set_words(regs->used, device);
	virtio_queue_set_num(vdev, index, regs->num);
	virtio_queue_set_vector(vdev, index,
				card_vf_take_vector(vf, virtio_queue_vector(vdev, index),
						    le16_to_cpu(value.vector)));
	virtio_queue_set_rings(vdev, index, enabled ? desc : 0, enabled ? driver : 0,
			       enabled ? device : 0);
	vf->places[index].moved = enabled;
}

/* --- notification --- */

static struct spec_part_notify notify_value(unsigned int index)
{
	return (struct spec_part_notify) { .offset = cpu_to_le16(index) };
}

static void get_notify(struct parts_out *out, unsigned int index, const uint8_t *selector)
{
	struct spec_part_notify value = notify_value(index);

	parts_emit(out, selector, &value, sizeof(value));
}

static void get_notifies(struct parts_out *out)
{
	each_queue(out, get_notify);
}

static bool check_notify(struct parts_in *in, const struct part *part)
{
	struct spec_part_notify value = notify_value(part_queue(part));

	return part->len == sizeof(value) && queue_max(in, part) &&
	       !memcmp(part->value, &value, offsetof(struct spec_part_notify, reserved));
}

static const struct part_row rows[] = {
	{
		.type = SPEC_PART_DEV_FEATURES,
		.optional = true,
		.get = get_device_features,
		.check = check_device_features,
	}, {
		.type = SPEC_PART_DRV_FEATURES,
		.get = get_driver_features,
		.check = check_driver_features,
		.set = set_driver_features,
	}, {
		.type = SPEC_PART_PCI_COMMON_CFG,
		.get = get_common,
		.check = check_common,
		.set = set_common,
	}, {
		.type = SPEC_PART_DEVICE_STATUS,
		.get = get_status,
		.check = check_status,
		.set = set_status,
	}, {
		.type = SPEC_PART_VQ_CFG,
		.get = get_queues,
		.check = check_queue,
		.set = set_queue,
	}, {
		.type = SPEC_PART_VQ_NOTIFY_CFG,
		.get = get_notifies,
		.check = check_notify,
	},
};

const struct part_rows parts_common = { rows, ARRAY_SIZE(rows) };
