// SPDX-License-Identifier: GPL-2.0-only
/* A VF that sleeps: accesses wake it, or are refused while the guest has it in D3. */
#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>
#include <sys/ioctl.h>

#include "unit.h"
#include "vf.h"

/* Runtime power management, by the user's leave */
static int low_power(struct vf *vf)
{
	struct vfio_device_feature feature = {
		.argsz = sizeof(feature),
		.flags = VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY,
	};

	return ioctl(vf->device, VFIO_DEVICE_FEATURE, &feature) ? -errno : 0;
}

UNIT_TEST(accesses_wake_the_device)
{
	struct vf *vf = vf_fresh();

	ASSERT_EQ(vf_write(vf, BAR0, DEVICE_STATUS, 1, ACKNOWLEDGE), 0);
	if (low_power(vf))
		unit_skip("this kernel's vfio does not enter low power for the device");
	EXPECT_EQ(vf_read(vf, BAR0, DEVICE_STATUS, 1), ACKNOWLEDGE);
	EXPECT_EQ(vf_write(vf, BAR0, QUEUE_NOTIFY, 2, 0), 0);
	EXPECT_EQ(vf_read(vf, CONFIG, PCI_DEVICE_ID, 2), vf->type->transitional_id);
	EXPECT_EQ(vf_read(vf, BAR0, DEVICE_STATUS, 1), ACKNOWLEDGE);
}

UNIT_TEST(closed_while_it_sleeps)
{
	struct vf *vf = vf_fresh();

	if (low_power(vf))
		unit_skip("this kernel's vfio does not enter low power for the device");
	vf = vf_fresh();
	EXPECT_EQ(vf_read(vf, BAR0, DEVICE_STATUS, 1), 0);
}

UNIT_TEST(nothing_answers_in_d3)
{
	struct vf *vf = vf_fresh();
	unsigned int at = vf_capability(vf, PCI_CAP_ID_PM, -1);

	if (!at)
		unit_skip("the VF has no power management capability");
	ASSERT_EQ(vf_write(vf, CONFIG, at + PCI_PM_CTRL, 2, 3), 0);
	EXPECT_EQ(vf_read(vf, BAR0, DEVICE_STATUS, 1), -EIO);
	EXPECT_EQ(vf_write(vf, BAR0, QUEUE_NOTIFY, 2, 0), -EIO);
	ASSERT_EQ(vf_write(vf, CONFIG, at + PCI_PM_CTRL, 2, 0), 0);
	EXPECT_EQ(vf_read(vf, BAR0, DEVICE_STATUS, 1), 0);
	EXPECT_EQ(vf_write(vf, BAR0, QUEUE_NOTIFY, 2, 0), 0);
}
