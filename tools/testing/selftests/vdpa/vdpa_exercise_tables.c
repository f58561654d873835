// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test: which tables of operations does the bus take from a parent? Exactly those that
 * lack an optional operation at most, and no half of a translation; the log says what is
 * taken or refused in error.
 */
#include <linux/errno.h>
#include <linux/vdpa.h>

#include "vdpa_exercise.h"

/* Those that linux/vdpa.h does not call optional. Without one there is no device. */
static const size_t exercise_mandatory[] = {
	offsetof(struct vdpa_config_ops, set_vq_address),
	offsetof(struct vdpa_config_ops, set_vq_num),
	offsetof(struct vdpa_config_ops, set_vq_state),
	offsetof(struct vdpa_config_ops, get_vq_state),
	offsetof(struct vdpa_config_ops, set_vq_ready),
	offsetof(struct vdpa_config_ops, get_vq_ready),
	offsetof(struct vdpa_config_ops, set_vq_cb),
	offsetof(struct vdpa_config_ops, kick_vq),
	offsetof(struct vdpa_config_ops, set_driver_features),
	offsetof(struct vdpa_config_ops, get_status),
	offsetof(struct vdpa_config_ops, set_status),
	offsetof(struct vdpa_config_ops, reset),
	offsetof(struct vdpa_config_ops, get_config),
	offsetof(struct vdpa_config_ops, set_config),
	offsetof(struct vdpa_config_ops, set_config_cb),
};

static bool exercise_is_mandatory(size_t at)
{
	for (int i = 0; i < ARRAY_SIZE(exercise_mandatory); i++)
		if (exercise_mandatory[i] == at)
			return true;
	return false;
}

static bool exercise_is_taken(const struct exercise_parent *parent,
			      const struct vdpa_config_ops *ops, const struct vdpa_map_ops *map)
{
	struct vdpa_device *vdev = vdpa_alloc_device(parent->device, ops, map, NULL, parent->size);

	if (IS_ERR(vdev))
		return false;
	put_device(&vdev->dev);
	return true;
}

static int exercise_map(struct vdpa_device *vdev, unsigned int asid, u64 iova, u64 size, u64 addr,
			u32 perm, void *opaque)
{
	return 0;
}

static void exercise_unmap(struct vdpa_device *vdev, unsigned int asid, u64 iova, u64 size)
{
}

/* A translation takes whole tables or pieces, and can forget all; or there is none */
static int exercise_translations(const struct exercise_parent *parent)
{
	const struct vdpa_map_ops whole = *parent->map, halves[] = {
		{},
		{ .set_map = whole.set_map },
		{ .map = exercise_map, .unmap = exercise_unmap },
		{ .map = exercise_map, .reset_map = whole.reset_map },
		{ .unmap = exercise_unmap, .reset_map = whole.reset_map },
	}, pieces = {
		.map = exercise_map, .unmap = exercise_unmap, .reset_map = whole.reset_map,
	};
	int bad = 0;

	for (int i = 0; i < ARRAY_SIZE(halves); i++) {
		if (!exercise_is_taken(parent, parent->ops, &halves[i]))
			continue;
		pr_err(EXERCISE_NAME ": with half a translation, %d, a device is taken\n", i);
		bad = -EINVAL;
	}
	if (exercise_is_taken(parent, parent->ops, NULL) &&
	    exercise_is_taken(parent, parent->ops, &whole) &&
	    exercise_is_taken(parent, parent->ops, &pieces))
		return bad;
	pr_err(EXERCISE_NAME ": with a whole translation, or with none, a device is refused\n");
	return -EINVAL;
}

int exercise_tables(const struct exercise_parent *parent)
{
	int bad = exercise_translations(parent);

	if (exercise_is_taken(parent, NULL, parent->map)) {
		pr_err(EXERCISE_NAME ": without a table a device is taken\n");
		bad = -EINVAL;
	}
	for (size_t at = 0; at < sizeof(*parent->ops); at += sizeof(void *)) {
		struct vdpa_config_ops ops = *parent->ops;
		bool taken;

		*(void **)((void *)&ops + at) = NULL;
		taken = exercise_is_taken(parent, &ops, parent->map);
		if (taken == exercise_is_mandatory(at)) {
			pr_err(EXERCISE_NAME ": without its operation at %zu a device is %s\n", at,
			       taken ? "taken" : "refused");
			bad = -EINVAL;
		}
	}
	return bad;
}
