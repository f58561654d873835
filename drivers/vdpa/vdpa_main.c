// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does the module set up, and in which order?
 */
#include <linux/module.h>

#include "vdpa_priv.h"

/*
 * The netlink family before the bus: where the kernel's own vDPA is in use, registering
 * the family fails quietly, while a second bus of that name gets a stack trace. All of
 * it before the drivers of the bus, which may be built in too.
 */
static int __init vdpa_init(void)
{
	int ret = vdpa_query_init();

	if (ret)
		return ret;
	ret = vdpa_nl_init();
	if (ret)
		goto err_query;
	ret = vdpa_bus_init();
	if (!ret)
		return 0;
	vdpa_nl_exit();
err_query:
	vdpa_query_exit();
	if (ret != -EEXIST)
		return ret;
	pr_err("vdpa: another vDPA bus is in use, the kernel's own: unload its modules (a built-in one stays), then load this again\n");
	/* modprobe takes -EEXIST for "this module is loaded already" and exits with success */
	return -EBUSY;
}
subsys_initcall(vdpa_init);

static void __exit vdpa_exit(void)
{
	vdpa_nl_exit();
	vdpa_bus_exit();
	vdpa_query_exit();
}
module_exit(vdpa_exit);

MODULE_DESCRIPTION("vDPA bus: virtio devices with a data path of their own");
MODULE_VERSION("2");	/* above the kernel's own: dkms replaces nothing newer or the same */
MODULE_LICENSE("GPL");
