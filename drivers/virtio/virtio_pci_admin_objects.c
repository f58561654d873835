// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which resource objects does each VF have? (section "Device resource objects")
 *
 * An id is unique per owner; each object belongs to one VF. It exists until it is
 * destroyed, the owner is reset, or the VFs are disabled. After a command that was not
 * answered an object may exist or not: its id is in doubt, and not reused before the
 * device destroyed it, reported that it does not exist, or was reset.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "virtio_pci_admin_priv.h"

/* One VF must not use up all ids, by objects in doubt for instance */
#define VP_ADMIN_OBJECTS_PER_MEMBER	4

enum vp_admin_object_state {
	VP_ADMIN_OBJECT_NONE = 0,
	VP_ADMIN_OBJECT_EXISTS,
	VP_ADMIN_OBJECT_BUSY,		/* a command creates or destroys it */
	VP_ADMIN_OBJECT_DOUBT,
};

struct vp_admin_object {
	struct vp_admin_member *member;
	enum vp_admin_object_state state;
	/* at creation; the object is gone when the current ones differ */
	u32 reset_gen, opened;
};

static u32 vp_admin_opened(struct vp_admin *admin)
{
	return READ_ONCE(admin->group[VIRTIO_ADMIN_GROUP_TYPE_SRIOV].gate.opened);
}

static struct vp_admin_object *vp_admin_object_get(struct vp_admin *admin, u32 id)
{
	struct vp_admin_object *object;

	lockdep_assert_held(&admin->object_lock);
	if (!admin->objects || id >= VP_ADMIN_OBJECTS_MAX)
		return NULL;
	object = &admin->objects[id];
	if (object->reset_gen != READ_ONCE(admin->avq.reset_gen) ||
	    object->opened != vp_admin_opened(admin))
		object->state = VP_ADMIN_OBJECT_NONE;
	return object;
}

/* Return: a free id, reserved for @member, or -ENOSPC */
static int vp_admin_object_take(struct vp_admin_member *member, u8 limit)
{
	struct vp_admin *admin = member->admin;
	unsigned int own = 0;
	int free = -ENOSPC;

	spin_lock(&admin->object_lock);
	for (u32 id = 0; id < VP_ADMIN_OBJECTS_MAX; id++) {
		struct vp_admin_object *object = vp_admin_object_get(admin, id);

		if (object->state == VP_ADMIN_OBJECT_NONE && free < 0 && id < limit)
			free = id;
		own += object->state != VP_ADMIN_OBJECT_NONE && object->member == member;
	}
	if (own >= VP_ADMIN_OBJECTS_PER_MEMBER)
		free = -ENOSPC;
	if (free >= 0)
		admin->objects[free] = (struct vp_admin_object) {
			.member = member,
			.state = VP_ADMIN_OBJECT_BUSY,
			.reset_gen = READ_ONCE(admin->avq.reset_gen),
			.opened = vp_admin_opened(admin),
		};
	spin_unlock(&admin->object_lock);
	return free;
}

/* Return: true if object @id of @member was in state @from; then it is in state @to */
static bool vp_admin_object_move(struct vp_admin_member *member, u32 id,
				 enum vp_admin_object_state from, enum vp_admin_object_state to)
{
	struct vp_admin *admin = member->admin;
	struct vp_admin_object *object;
	bool found;

	spin_lock(&admin->object_lock);
	object = vp_admin_object_get(admin, id);
	found = object && object->state == from && object->member == member;
	if (found)
		object->state = to;
	spin_unlock(&admin->object_lock);
	return found;
}

/* Errors after which the object was not created, for certain */
static bool vp_admin_object_absent(int err)
{
	return err == -EINVAL || err == -ENXIO || err == -ENOSPC || err == -ENOMEM ||
	       err == -EOPNOTSUPP || err == -ENODEV || err == -EAGAIN;
}

/* @id is BUSY on entry, and NONE or DOUBT on return */
static int vp_admin_object_destroy_busy(struct vp_admin_member *member, u32 id, ktime_t deadline)
{
	struct virtio_admin_abi_obj header = {
		.type = cpu_to_le16(VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS),
		.id = cpu_to_le32(id),
	};
	struct vp_admin_cmd cmd = {
		.row = VP_ADMIN_RESOURCE_OBJ_DESTROY,
		.group = VIRTIO_ADMIN_GROUP_TYPE_SRIOV,
		.member = member,
		.deadline = deadline,
		.data = { { &header, sizeof(header) } },
	};
	int ret = vp_admin_exec(member->admin, &cmd);

	/* does not exist: fine */
	if (ret == -ENXIO)
		ret = 0;
	vp_admin_object_move(member, id, VP_ADMIN_OBJECT_BUSY,
			     ret ? VP_ADMIN_OBJECT_DOUBT : VP_ADMIN_OBJECT_NONE);
	return ret;
}

/* Commands are executed in order, so an unanswered one has been executed before this */
static void vp_admin_objects_settle(struct vp_admin_member *member, ktime_t deadline)
{
	for (u32 id = 0; id < VP_ADMIN_OBJECTS_MAX; id++)
		if (vp_admin_object_move(member, id, VP_ADMIN_OBJECT_DOUBT, VP_ADMIN_OBJECT_BUSY) &&
		    vp_admin_object_destroy_busy(member, id, deadline))
			return;
}

/* Context: caps_lock held, before the first object is created */
int vp_admin_objects_alloc(struct vp_admin *admin)
{
	struct vp_admin_object *objects;

	lockdep_assert_held(&admin->caps_lock);
	if (admin->objects)
		return 0;
	objects = kvcalloc(VP_ADMIN_OBJECTS_MAX, sizeof(*objects), GFP_KERNEL);
	if (!objects)
		return -ENOMEM;
	spin_lock(&admin->object_lock);
	admin->objects = objects;
	spin_unlock(&admin->object_lock);
	return 0;
}

/*
 * Create an object of @kind for @member. @limit: the device's number of such objects.
 *
 * Return: 0 with @id; -ENOSPC when there are as many as the device or the driver
 * allows; or an error of vp_admin_exec().
 */
int vp_admin_object_create(struct vp_admin_member *member, u8 kind, u8 limit, ktime_t deadline,
			   u32 *id)
{
	struct virtio_admin_abi_obj_create data = {
		.obj.type = cpu_to_le16(VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS),
		.kind = kind,
	};
	struct vp_admin_cmd cmd = {
		.row = VP_ADMIN_RESOURCE_OBJ_CREATE,
		.group = VIRTIO_ADMIN_GROUP_TYPE_SRIOV,
		.member = member,
		.deadline = deadline,
		.data = { { &data, sizeof(data) } },
	};
	enum vp_admin_object_state state = VP_ADMIN_OBJECT_EXISTS;
	int ret;

	vp_admin_objects_settle(member, deadline);
	ret = vp_admin_object_take(member, limit);
	if (ret < 0)
		return ret;
	*id = ret;
	data.obj.id = cpu_to_le32(ret);
	ret = vp_admin_exec(member->admin, &cmd);
	if (ret)
		state = vp_admin_object_absent(ret) ? VP_ADMIN_OBJECT_NONE : VP_ADMIN_OBJECT_DOUBT;
	/* a reset in the meantime destroyed it */
	if (!vp_admin_object_move(member, *id, VP_ADMIN_OBJECT_BUSY, state) && !ret)
		ret = -ENODEV;
	return ret;
}

/* Return: 0; -ENXIO when @member has no such object; or an error of vp_admin_exec() */
int vp_admin_object_destroy(struct vp_admin_member *member, u32 id, ktime_t deadline)
{
	if (!vp_admin_object_move(member, id, VP_ADMIN_OBJECT_EXISTS, VP_ADMIN_OBJECT_BUSY))
		return -ENXIO;
	return vp_admin_object_destroy_busy(member, id, deadline);
}

bool vp_admin_object_exists(struct vp_admin_member *member, u32 id)
{
	return vp_admin_object_move(member, id, VP_ADMIN_OBJECT_EXISTS, VP_ADMIN_OBJECT_EXISTS);
}
