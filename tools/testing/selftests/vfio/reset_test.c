// SPDX-License-Identifier: GPL-2.0-only
/* Reset, in every state a guest can have brought the device to, and by every means. */
#include <errno.h>
#include <linux/pci_regs.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"
#include "vf.h"

static void put(struct vf *vf, unsigned int offset, size_t len, uint64_t value)
{
	ASSERT_EQ(vf_write(vf, BAR0, offset, len, value), 0);
}

static void state_fresh(struct vf *vf)
{
}

static void state_acknowledged(struct vf *vf)
{
	put(vf, DEVICE_STATUS, 1, ACKNOWLEDGE);
}

static void state_features(struct vf *vf)
{
	put(vf, DEVICE_STATUS, 1, ACKNOWLEDGE | DRIVER);
	put(vf, DRIVER_FEATURES, 4, vf_read(vf, BAR0, DEVICE_FEATURES, 4));
}

static void state_queue(struct vf *vf)
{
	state_features(vf);
	put(vf, QUEUE_SELECT, 2, 1);
	put(vf, QUEUE_SELECT, 2, 0);
	put(vf, QUEUE_ADDRESS, 4, 0x1234);
	put(vf, QUEUE_SELECT, 2, 1);
}

static void state_running(struct vf *vf)
{
	state_features(vf);
	put(vf, DEVICE_STATUS, 1, ACKNOWLEDGE | DRIVER | DRIVER_OK);
	put(vf, QUEUE_NOTIFY, 2, 0);
}

static void state_msix(struct vf *vf)
{
	ASSERT_EQ(vf_msix(vf, 2), 0);
	put(vf, CONFIG_VECTOR, 2, 0);
	put(vf, QUEUE_VECTOR, 2, 1);
	state_running(vf);
}

static void state_failed(struct vf *vf)
{
	put(vf, DEVICE_STATUS, 1, FAILED);
}

static void state_no_decode(struct vf *vf)
{
	state_acknowledged(vf);
	ASSERT_EQ(vf_decode(vf, false), 0);
}

static void state_sized(struct vf *vf)
{
	ASSERT_EQ(vf_write(vf, CONFIG, PCI_BASE_ADDRESS_0, 4, ~0U), 0);
}

static void (*const states[])(struct vf *vf) = {
	state_fresh, state_acknowledged, state_features, state_queue, state_running,
	state_msix, state_failed, state_no_decode, state_sized,
};

/* What is left is a device that nobody has touched */
static void check_untouched(struct vf *vf)
{
	EXPECT_EQ(vf_read(vf, CONFIG, PCI_BASE_ADDRESS_0, 4), 1);
	EXPECT_EQ(vf_read(vf, CONFIG, PCI_COMMAND, 2) & PCI_COMMAND_IO, 0);
	EXPECT_EQ(vf_read(vf, BAR0, DEVICE_STATUS, 1), -EIO);
	EXPECT_EQ(vf_read(vf, CONFIG, PCI_DEVICE_ID, 2), vf->type->transitional_id);
	ASSERT_EQ(vf_decode(vf, true), 0);
	EXPECT_EQ(vf_read(vf, BAR0, DEVICE_STATUS, 1), 0);
	EXPECT_EQ(vf_read(vf, BAR0, DRIVER_FEATURES, 4), 0);
	EXPECT_EQ(vf_read(vf, BAR0, QUEUE_SELECT, 2), 0);
	EXPECT_EQ(vf_read(vf, BAR0, QUEUE_ADDRESS, 4), 0);
	EXPECT_EQ(vf_read(vf, BAR0, ISR_STATUS, 1), 0);
	/* vfio keeps MSI-X as it was */
	ASSERT_EQ(vf_msix(vf, 1), 0);
	EXPECT_EQ(vf_read(vf, BAR0, CONFIG_VECTOR, 4), 0xffffffffLL);
	ASSERT_EQ(vf_msix(vf, 0), 0);
}

static void by_ioctl(struct vf *vf)
{
	ASSERT_EQ(vf_reset(vf), 0);
}

static void by_flr(struct vf *vf)
{
	unsigned int at = vf_capability(vf, PCI_CAP_ID_EXP, -1);
	int64_t control;

	ASSERT(at);
	control = vf_read(vf, CONFIG, at + PCI_EXP_DEVCTL, 2);
	ASSERT(control >= 0);
	control |= PCI_EXP_DEVCTL_BCR_FLR;
	ASSERT_EQ(vf_write(vf, CONFIG, at + PCI_EXP_DEVCTL, 2, control), 0);
}

static void in_every_state(void (*reset)(struct vf *vf))
{
	for (int i = 0; i < ARRAY_SIZE(states); i++) {
		struct vf *vf = vf_fresh();

		states[i](vf);
		reset(vf);
		check_untouched(vf);
	}
}

UNIT_TEST(by_vfio_device_reset)
{
	in_every_state(by_ioctl);
}

UNIT_TEST(by_function_level_reset)
{
	in_every_state(by_flr);
}

UNIT_TEST(by_closing)
{
	for (int i = 0; i < ARRAY_SIZE(states); i++) {
		struct vf *vf = vf_fresh();

		states[i](vf);
		vf = vf_fresh();
		ASSERT_EQ(vf_decode(vf, false), 0);
		check_untouched(vf);
	}
}

/* The legacy interface's own: all registers but those of PCI */
UNIT_TEST(by_status_zero)
{
	for (int i = 0; i < ARRAY_SIZE(states); i++) {
		struct vf *vf = vf_fresh();

		states[i](vf);
		ASSERT_EQ(vf_decode(vf, true), 0);
		ASSERT_EQ(vf_write(vf, CONFIG, PCI_BASE_ADDRESS_0, 4, 0xe000), 0);
		put(vf, DEVICE_STATUS, 1, 0);
		EXPECT_EQ(vf_read(vf, BAR0, DEVICE_STATUS, 1), 0);
		EXPECT_EQ(vf_read(vf, BAR0, DRIVER_FEATURES, 4), 0);
		EXPECT_EQ(vf_read(vf, BAR0, QUEUE_ADDRESS, 4), 0);
		EXPECT_EQ(vf_read(vf, CONFIG, PCI_BASE_ADDRESS_0, 4), 0xe001);
	}
}

#define HOT_RESET_MAX	512
/*
 * Later than the headers of Debian 12: VFIO_PCI_HOT_RESET_FLAG_DEV_ID, which is said by
 * character device. The next bit would be that all of the devices are the user's own.
 */
#define HAS_NUMBERS	(1U << 0)

/*
 * Who else a hot reset of the VF's bus would reset: their number, or a negative errno.
 * @flags is what the kernel says of them.
 */
static int hot_reset_info(struct vf *vf, unsigned int room, uint32_t *flags)
{
	struct {
		struct vfio_pci_hot_reset_info info;
		struct vfio_pci_dependent_device devices[HOT_RESET_MAX];
	} all = { .info.argsz = sizeof(all.info) + room * sizeof(all.devices[0]) };

	if (ioctl(vf->device, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, &all))
		return -errno;
	*flags = all.info.flags;
	return all.info.count;
}

/*
 * With the leave of @count groups: the VF's own and nothing. By character device there
 * is no group, and 0 is the request that has to be well-formed: whose device is whose
 * is known to the iommufd.
 */
static int hot_reset(struct vf *vf, unsigned int argsz, unsigned int count)
{
	struct {
		struct vfio_pci_hot_reset reset;
		int32_t fds[2];
	} all = {
		.reset = { .argsz = argsz, .count = count },
		.fds = { vf->group, -1 },
	};

	return ioctl(vf->device, VFIO_DEVICE_PCI_HOT_RESET, &all) ? -errno : 0;
}

/*
 * It resets the PF and every VF. Whoever has one VF alone is refused, and the VF
 * is as it was.
 */
UNIT_TEST(by_hot_reset_is_refused_in_every_state)
{
	for (int i = 0; i < ARRAY_SIZE(states); i++) {
		struct vf *vf = vf_fresh();
		uint32_t flags = 0;
		int others = hot_reset_info(vf, HOT_RESET_MAX, &flags);
		unsigned char before[20], after[20];

		if (others == -ENODEV)
			unit_skip("the VF's bus cannot be reset");
		if (others == 1)
			unit_skip("the VF is alone on its bus");
		EXPECT(others > 1);
		EXPECT_EQ(flags, vf->group < 0 ? HAS_NUMBERS : 0);
		EXPECT_EQ(hot_reset_info(vf, 0, &flags), -ENOSPC);
		states[i](vf);
		ASSERT_EQ(vf_decode(vf, states[i] != state_no_decode), 0);
		vf_get(vf, BAR0, 0, before, sizeof(before));
		EXPECT_EQ(hot_reset(vf, sizeof(struct vfio_pci_hot_reset), 0), -EINVAL);
		EXPECT_EQ(hot_reset(vf, sizeof(struct vfio_pci_hot_reset) + 4, 1), -EINVAL);
		EXPECT(hot_reset(vf, sizeof(struct vfio_pci_hot_reset) + 8, 2) < 0);
		EXPECT_EQ(hot_reset(vf, 4, vf->group >= 0), -EINVAL);
		EXPECT(!!(vf_read(vf, CONFIG, PCI_COMMAND, 2) & PCI_COMMAND_IO) ==
		       (states[i] != state_no_decode));
		if (states[i] == state_no_decode)
			continue;
		ASSERT_EQ(vf_get(vf, BAR0, 0, after, sizeof(after)), sizeof(after));
		EXPECT(!memcmp(before, after, sizeof(after)));
	}
}

static void __attribute__((noreturn)) access_for_ever(struct vf *vf)
{
	unsigned char bytes[16];

	for (;;) {
		vf_decode(vf, true);
		vf_get(vf, BAR0, 0, bytes, sizeof(bytes));
		vf_write(vf, BAR0, DEVICE_STATUS, 1, ACKNOWLEDGE);
		vf_write(vf, BAR0, QUEUE_NOTIFY, 2, 0);
	}
}

UNIT_TEST(while_another_process_accesses)
{
	struct vf *vf = vf_fresh();
	pid_t child = fork();
	int status;

	if (!child)
		access_for_ever(vf);
	for (int i = 0; i < 10; i++) {
		by_ioctl(vf);
		usleep(1000 * i);
		by_flr(vf);
	}
	kill(child, SIGKILL);
	ASSERT_EQ(waitpid(child, &status, 0), child);
	ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	by_ioctl(vf);
	check_untouched(vf);
}
