// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which functions does the driver bind? None by itself, since each of them is a virtio_pci
 * function as well: by driver_override or new_id only.
 */
#include <linux/module.h>
#include <linux/pm.h>

#include "vp_vdpa.h"

/* Both stop it, but only its owner can also move it in its rings */
static const struct vpv_place_ops *const vpv_places[] = {
	&vpv_owner_places,
	&vpv_status_places,
	NULL
};

static int vpv_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	static const struct vpv_kind kind = {
		.places = vpv_places,
		.vq_num_min = 1,
	};

	return vpv_func_bind(pdev, &kind);
}

static struct pci_driver vpv_driver = {
	.name = "vp_vdpa",
	.probe = vpv_probe,
	.remove = vpv_func_unbind,
	.err_handler = &vpv_error_handlers,
	.driver.pm = pm_sleep_ptr(&vpv_pm_ops),
};
module_pci_driver(vpv_driver);

MODULE_DESCRIPTION("vDPA devices on modern virtio-pci functions");
MODULE_VERSION("2");	/* above the kernel's own: dkms replaces nothing newer or the same */
MODULE_LICENSE("GPL");
