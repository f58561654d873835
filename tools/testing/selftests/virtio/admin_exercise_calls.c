// SPDX-License-Identifier: GPL-2.0-only
/* Which calls of the owner's API are there? A row each; here are those for legacy registers. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "admin_exercise.h"

static int call_has(struct pci_dev *pdev, struct exercise_run *run)
{
	return virtio_pci_admin_has_legacy_io(pdev) ? 0 : -EOPNOTSUPP;
}

static int call_has_regs(struct pci_dev *pdev, struct exercise_run *run)
{
	return virtio_pci_admin_has_legacy_regs(pdev) ? 0 : -EOPNOTSUPP;
}

static int call_common_read(struct pci_dev *pdev, struct exercise_run *run)
{
	run->n_bytes = run->args[1];
	return virtio_pci_admin_legacy_common_io_read(pdev, run->args[0], run->args[1],
						      run->bytes);
}

static int call_device_read(struct pci_dev *pdev, struct exercise_run *run)
{
	run->n_bytes = run->args[1];
	return virtio_pci_admin_legacy_device_io_read(pdev, run->args[0], run->args[1],
						      run->bytes);
}

static void value_to_bytes(struct exercise_run *run)
{
	memset(run->bytes, 0, sizeof(run->bytes));
	for (int i = 0; i < 8; i++)
		run->bytes[i] = run->args[2] >> (8 * i);
}

static int call_common_write(struct pci_dev *pdev, struct exercise_run *run)
{
	value_to_bytes(run);
	return virtio_pci_admin_legacy_common_io_write(pdev, run->args[0], run->args[1],
						       run->bytes);
}

static int call_device_write(struct pci_dev *pdev, struct exercise_run *run)
{
	value_to_bytes(run);
	return virtio_pci_admin_legacy_device_io_write(pdev, run->args[0], run->args[1],
						       run->bytes);
}

static int call_notify_info(struct pci_dev *pdev, struct exercise_run *run)
{
	run->n_list = 1;
	run->list[0].flags = run->args[0];
	return virtio_pci_admin_legacy_io_notify_info(pdev, run->args[0], &run->list[0].bar,
						      &run->list[0].offset);
}

static int call_notify_list(struct pci_dev *pdev, struct exercise_run *run)
{
	int n = virtio_pci_admin_legacy_io_notify_list(pdev, run->list, ARRAY_SIZE(run->list));

	if (n < 0)
		return n;
	run->n_list = n;
	return 0;
}

static const struct exercise_op exercise_ops[] = {
	{ "common_read", call_common_read, 2 },
	{ "common_write", call_common_write, 3 },
	{ "device_read", call_device_read, 2 },
	{ "device_write", call_device_write, 3 },
	{ "has", call_has, 0 },
	{ "has_parts", exercise_has_parts, 0 },
	{ "has_regs", call_has_regs, 0 },
	{ "mode", exercise_mode, 1 },
	{ "notify_info", call_notify_info, 1 },
	{ "notify_list", call_notify_list, 0 },
	{ "obj_create", exercise_obj_create, 1 },
	{ "obj_destroy", exercise_obj_destroy, 1 },
	{ "parts_count", exercise_parts_count, 1 },
	{ "parts_cycle", exercise_parts_cycle, 0 },
	{ "parts_get", exercise_parts_get, 3 },
	{ "parts_pad", exercise_parts_pad, 1, true },
	{ "parts_set", exercise_parts_set, 2 },
	{ "parts_size", exercise_parts_size, 1 },
};

const struct exercise_op *exercise_find(const char *name)
{
	for (int i = 0; i < ARRAY_SIZE(exercise_ops); i++)
		if (!strcmp(exercise_ops[i].name, name))
			return &exercise_ops[i];
	return NULL;
}
