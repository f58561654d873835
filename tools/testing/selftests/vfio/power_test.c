// SPDX-License-Identifier: GPL-2.0-only
/* A VF that sleeps: accesses wake it, or are refused while the guest has it in D3. */
#include <errno.h>
#include <linux/pci_regs.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "unit.h"
#include "vf.h"

static bool power_is(struct vf *vf, const char *name, const char *value)
{
	char text[32];

	return vf_sysfs_read(vf->address, name, text, sizeof(text)) >= 0 &&
	       !strncmp(text, value, strlen(value));
}

/*
 * Runtime power management, by the user's leave. Where the administrator gives
 * leave as well it sleeps soon, and is waited for.
 */
static void let_it_sleep(struct vf *vf)
{
	struct vfio_device_feature feature = {
		.argsz = sizeof(feature),
		.flags = VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY,
	};

	if (ioctl(vf->device, VFIO_DEVICE_FEATURE, &feature))
		unit_skip("this kernel's vfio does not enter low power for the device");
	if (!power_is(vf, "power/control", "auto"))
		return;
	for (int i = 0; i < 500 && !power_is(vf, "power/runtime_status", "suspended"); i++)
		usleep(10000);
	EXPECT(power_is(vf, "power/runtime_status", "suspended"));
}

UNIT_TEST(accesses_wake_the_device)
{
	struct vf *vf = vf_fresh();

	ASSERT_EQ(vf_write(vf, BAR0, DEVICE_STATUS, 1, ACKNOWLEDGE), 0);
	let_it_sleep(vf);
	EXPECT_EQ(vf_read(vf, BAR0, DEVICE_STATUS, 1), ACKNOWLEDGE);
	EXPECT_EQ(vf_read(vf, CONFIG, PCI_DEVICE_ID, 2), vf->type->transitional_id);
	EXPECT_EQ(vf_read(vf, BAR0, DEVICE_STATUS, 1), ACKNOWLEDGE);
}

UNIT_TEST(a_write_wakes_the_device)
{
	struct vf *vf = vf_fresh();

	let_it_sleep(vf);
	EXPECT_EQ(vf_write(vf, BAR0, DEVICE_STATUS, 1, ACKNOWLEDGE), 0);
}

UNIT_TEST(a_notification_wakes_the_device)
{
	struct vf *vf = vf_fresh();

	let_it_sleep(vf);
	EXPECT_EQ(vf_write(vf, BAR0, QUEUE_NOTIFY, 2, 0), 0);
}

UNIT_TEST(closed_while_it_sleeps)
{
	struct vf *vf = vf_fresh();

	let_it_sleep(vf);
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
