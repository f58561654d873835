// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How does a driver suspend its VF by the device status? ("Device Suspend",
 * VIRTIO_F_SUSPEND)
 *
 * QEMU's device keeps DRIVER_OK and is quiet; what is written to and read from the
 * register is translated here.
 */
#include "qemu/osdep.h"
#include "qemu/bitops.h"
#include "card.h"

bool card_suspended(const struct card_func *func)
{
	return func->quiet & BIT(CARD_QUIET_SUSPENDED);
}

/* "Wait until all buffers that are being processed have been used." */
static void try_suspend(struct card_func *func)
{
	if (!func->suspending || !QTAILQ_EMPTY(&func->held))
		return;
	func->suspending = false;
	card_quiet_begin(func, CARD_QUIET_SUSPENDED);
	func->suspended_generation = func->vdev->generation;
	card_func_update_disabled(func);
}

/*
 * What was available before is not notified again. card_quiet_end() notifies queues unless
 * the function is in the middle of an access, which it is here.
 */
static void notify_queues(struct card_func *func)
{
	unsigned int queues = card_func_type(func)->queues(func->vdev);

	for (unsigned int i = 0; !func->quiet && i < queues; i++)
		virtio_queue_notify(func->vdev, i);
}

static void resume(struct card_func *func)
{
	/* the backend goes on when it can read its rings */
	card_quiet_begin(func, CARD_QUIET_NO_MEMORY);
	card_quiet_end(func, CARD_QUIET_SUSPENDED);
	card_func_update_disabled(func);
	/* "MUST send the notification when it resumes running" */
	if (func->vdev->generation != func->suspended_generation)
		virtio_notify_config(func->vdev);
	card_quiet_end(func, CARD_QUIET_NO_MEMORY);
	notify_queues(func);
}

/*
 * The device ignores the bit before DRIVER_OK, and without the feature. Once it is suspended,
 * DRIVER_OK resumes it, whether SUSPEND is written with it or not: "the driver MUST NOT clear
 * a device status bit", and the device clears this one.
 */
uint8_t card_suspend_write(struct card_func *func, uint8_t status)
{
	uint8_t ours = status & ~SPEC_STATUS_SUSPEND;

	if (!virtio_vdev_has_feature(func->vdev, SPEC_F_SUSPEND))
		return status;
	if (!(func->vdev->status & VIRTIO_CONFIG_S_DRIVER_OK))
		return ours;
	if (card_suspended(func) && status & VIRTIO_CONFIG_S_DRIVER_OK) {
		resume(func);
	} else if (!card_suspended(func) && status & SPEC_STATUS_SUSPEND) {
		func->suspending = true;
		try_suspend(func);
	}
	return ours | VIRTIO_CONFIG_S_DRIVER_OK;
}

uint8_t card_suspend_read(struct card_func *func, uint8_t status)
{
	try_suspend(func);
	if (!card_suspended(func))
		return status;
	return (status & ~VIRTIO_CONFIG_S_DRIVER_OK) | SPEC_STATUS_SUSPEND;
}

void card_suspend_reset(struct card_func *func)
{
	func->suspending = false;
	card_quiet_end(func, CARD_QUIET_SUSPENDED);
}
