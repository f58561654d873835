// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How is a function kept from doing anything with its virtqueues?
 *
 * The backend is told that the machine stands still, as it is when a VM is
 * paused, and notifications do not get to it. What it had taken before is given
 * back first. Its registers work on. The admin queue is not the backend's.
 */
#include "qemu/osdep.h"
#include "qemu/bitops.h"
#include "system/runstate.h"
#include "card.h"

/* After the backend's own handler, which believes that the machine runs */
#define LATE	100

static void tell_backend(struct card_func *func, bool running)
{
	VirtIODevice *vdev = func->vdev;

	vdev->vm_running = running;
	virtio_set_status(vdev, vdev->status);
}

static void vm_state_changed(void *opaque, bool running, RunState state)
{
	struct card_func *func = opaque;

	if (running && func->quiet)
		tell_backend(func, false);
}

void card_quiet_init(struct card_func *func)
{
	func->vm_state = qemu_add_vm_change_state_handler_prio(vm_state_changed, func, LATE);
}

void card_quiet_exit(struct card_func *func)
{
	g_clear_pointer(&func->vm_state, qemu_del_vm_change_state_handler);
}

void card_quiet_begin(struct card_func *func, enum card_quiet why)
{
	const struct card_type *type = card_func_type(func);

	if (!func->quiet) {
		tell_backend(func, false);
		if (type->drain)
			type->drain(func->vdev);
	}
	func->quiet |= BIT(why);
}

/* Its driver's notifications were lost meanwhile: there may be something in each queue. */
void card_quiet_end(struct card_func *func, enum card_quiet why)
{
	unsigned int queues = card_func_type(func)->queues(func->vdev);

	if (!(func->quiet & BIT(why)))
		return;
	func->quiet &= ~BIT(why);
	/* A function that is held takes what came while it was not. */
	for (unsigned int i = 0; func->quiet & BIT(CARD_QUIET_HOLD) && i < queues; i++)
		card_hold_take(func, i);
	if (func->quiet)
		return;
	tell_backend(func, runstate_is_running());
	if (!virtio_device_started(func->vdev, func->vdev->status) || !card_func_enter(func))
		return;
	for (unsigned int i = 0; i < queues; i++)
		virtio_queue_notify(func->vdev, i);
	card_func_leave(func);
}

void card_func_notify(struct card_func *func, unsigned int index)
{
	VirtIODevice *vdev = func->vdev;
	bool backends = index < card_func_type(func)->queues(vdev);

	if (index >= VIRTIO_QUEUE_MAX)
		return;
	if (!backends || !func->quiet)
		virtio_queue_notify(vdev, index);
	else if (func->quiet & BIT(CARD_QUIET_HOLD))
		card_hold_take(func, index);
}
