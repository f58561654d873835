// SPDX-License-Identifier: GPL-2.0-only
/* Which VF does a test get, and in what state? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"
#include "vf.h"

struct vf *vf_fresh(void)
{
	static struct vf vf = { .container = -1, .group = -1, .device = -1 };
	const char *address = getenv("VFIO_DEVICE");
	int ret;

	/* a test that failed left its own open */
	vf_close(&vf);
	if (!address)
		unit_skip("set VFIO_DEVICE to the address of a VF that virtio-vfio-pci drives");
	ret = vf_open(&vf, address);
	if (ret == -EOPNOTSUPP)
		unit_skip("this kernel has no iommufd, or no character devices for vfio");
	if (ret)
		unit_fail(__FILE__, __LINE__, 1, "%s cannot be opened: %s", address,
			  strerror(-ret));
	if (!vf.type || !vf.size[BAR0])
		unit_skip("the device has no legacy BAR0: its PF offers no legacy commands, or another driver has it");
	ret = vf_decode(&vf, true);
	if (ret)
		unit_fail(__FILE__, __LINE__, 1, "%s: no command register: %s", address,
			  strerror(-ret));
	return &vf;
}
