// SPDX-License-Identifier: GPL-2.0-only
/* The states of a migration: every one to every other, what their files do, resets, close. */
#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mig_test.h"
#include "unit.h"

static const char *const names[] = {
	"ERROR", "STOP", "RUNNING", "STOP_COPY", "RESUMING", "RUNNING_P2P", "PRE_COPY",
	"PRE_COPY_P2P",
};

/* Memory that is none */
static void *nowhere;

static bool is_saving(int state)
{
	return state == MIG_STOP_COPY || state == MIG_PRE_COPY || state == MIG_PRE_COPY_P2P;
}

/* include/uapi/linux/vfio.h: what begins a transfer gives a file, what goes on with one does not */
static bool gives_file(int from, int to)
{
	return to != from &&
	       (to == MIG_RESUMING || (is_saving(to) && !is_saving(from)));
}

static bool is_legal(int from, unsigned int to)
{
	if (to == MIG_ERROR || to >= MIG_STATES)
		return false;
	return from != MIG_STOP_COPY || (to != MIG_PRE_COPY && to != MIG_PRE_COPY_P2P);
}

UNIT_TEST(all_kinds_of_migration_are_offered)
{
	struct vf *vf = mig_fresh();

	EXPECT_EQ(mig_flags(vf), MIG_FLAG_STOP_COPY | MIG_FLAG_P2P | MIG_FLAG_PRE_COPY);
	EXPECT_EQ(mig_state(vf), MIG_RUNNING);
}

static void from_to(struct vf *vf, int from, unsigned int to)
{
	int first, second, ret, state;

	mig_enter(vf, from, &first);
	ret = mig_set(vf, to, &second);
	state = mig_state(vf);
	/* what was to be resumed is not complete, so that there is no way out */
	if (from == MIG_RESUMING && to != MIG_RESUMING && is_legal(from, to)) {
		if (ret != -ENODATA || state != MIG_RESUMING)
			unit_fail(__FILE__, __LINE__, 0, "RESUMING to %s: %d, %d", names[to], ret,
				  state);
		ASSERT_EQ(vf_reset(vf), 0);
	} else if (!is_legal(from, to)) {
		if (ret != -EINVAL || state != from)
			unit_fail(__FILE__, __LINE__, 0, "%s to %u: %d, %d", names[from], to, ret,
				  state);
		if (from == MIG_RESUMING)
			ASSERT_EQ(vf_reset(vf), 0);
	} else {
		if (ret || state != to || !!(second >= 0) != gives_file(from, to))
			unit_fail(__FILE__, __LINE__, 0, "%s to %s: %d, %d, file %d", names[from],
				  names[to], ret, state, second);
		if (state == MIG_RESUMING)
			ASSERT_EQ(vf_reset(vf), 0);
	}
	mig_end(&first);
	mig_end(&second);
	mig_enter(vf, MIG_RUNNING, &first);
}

UNIT_TEST(every_state_to_every_state)
{
	struct vf *vf = mig_fresh();

	for (int from = MIG_STOP; from < MIG_STATES; from++)
		for (unsigned int to = 0; to <= MIG_STATES; to++)
			from_to(vf, from, to);
	from_to(vf, MIG_RUNNING, ~0U);
	mig_check_well(vf);
}

UNIT_TEST(a_reset_ends_every_state)
{
	struct vf *vf = mig_fresh();
	struct mig_stream stream;

	for (int state = MIG_STOP; state < MIG_STATES; state++) {
		int fd;

		mig_enter(vf, state, &fd);
		ASSERT_EQ(vf_reset(vf), 0);
		mig_check_well(vf);
		if (fd >= 0) {
			stream.len = 0;
			EXPECT_EQ(state == MIG_RESUMING ? mig_write(fd, stream.bytes, 1, 0) :
				  -mig_read(fd, &stream), -ENODEV);
			EXPECT_EQ(stream.len, 0);
		}
		mig_end(&fd);
	}
}

UNIT_TEST(a_guests_function_level_reset_ends_every_state)
{
	struct vf *vf = mig_fresh();
	unsigned int at = vf_capability(vf, PCI_CAP_ID_EXP, -1);

	ASSERT(at);
	for (int state = MIG_STOP; state < MIG_STATES; state++) {
		int64_t control = vf_read(vf, CONFIG, at + PCI_EXP_DEVCTL, 2);
		int fd;

		mig_enter(vf, state, &fd);
		ASSERT_EQ(vf_write(vf, CONFIG, at + PCI_EXP_DEVCTL, 2,
				   control | PCI_EXP_DEVCTL_BCR_FLR), 0);
		mig_check_well(vf);
		mig_end(&fd);
	}
}

UNIT_TEST(closed_in_every_state_it_is_as_new)
{
	for (int state = MIG_STOP; state < MIG_STATES; state++) {
		struct vf *vf = mig_fresh();
		struct mig_stream stream = {};
		int fd;

		mig_enter(vf, state, &fd);
		vf_close(vf);
		/* a file that is still open is of no use, and no harm */
		if (fd >= 0 && state != MIG_RESUMING)
			EXPECT_EQ(mig_read(fd, &stream), ENODEV);
		else if (fd >= 0)
			EXPECT_EQ(mig_write(fd, stream.bytes, 1, 0), -ENODEV);
		vf = mig_fresh();
		mig_check_well(vf);
		mig_end(&fd);
	}
}

UNIT_TEST(registers_answer_in_every_state)
{
	struct vf *vf = mig_fresh();

	for (int state = MIG_STOP; state < MIG_STATES; state++) {
		int fd;

		mig_enter(vf, state, &fd);
		EXPECT_EQ(vf_write(vf, BAR0, DEVICE_STATUS, 1, ACKNOWLEDGE | DRIVER), 0);
		EXPECT_EQ(vf_read(vf, BAR0, DEVICE_STATUS, 1), ACKNOWLEDGE | DRIVER);
		EXPECT_EQ(vf_write(vf, BAR0, QUEUE_SELECT, 2, 0), 0);
		EXPECT(vf_read(vf, BAR0, QUEUE_SIZE, 2) > 0);
		EXPECT_EQ(vf_write(vf, BAR0, DEVICE_STATUS, 1, 0), 0);
		if (state == MIG_RESUMING)
			ASSERT_EQ(vf_reset(vf), 0);
		ASSERT_EQ(vf_decode(vf, true), 0);
		mig_end(&fd);
		mig_enter(vf, MIG_RUNNING, &fd);
	}
}

UNIT_TEST(a_stopped_device_is_as_long_as_it_said)
{
	struct vf *vf = mig_fresh();
	struct mig_stream stream = {};
	int64_t size = mig_data_size(vf);
	int fd;

	mig_enter(vf, MIG_STOP_COPY, &fd);
	EXPECT_EQ(mig_read(fd, &stream), 0);
	EXPECT(size >= (int64_t)stream.len && size < (int64_t)stream.len + 512);
	/* in any state */
	EXPECT_EQ(mig_data_size(vf), size);
	printf("# %zu bytes of at most %lld\n", stream.len, (long long)size);
	/* the end is permanent */
	EXPECT_EQ(mig_read(fd, &stream), 0);
	mig_end(&fd);
	mig_enter(vf, MIG_RUNNING, &fd);
}

static int precopy_info(int fd, struct precopy_info *info)
{
	*info = (struct precopy_info) { .argsz = sizeof(*info) };
	return ioctl(fd, PRECOPY_INFO, info) ? -errno : 0;
}

UNIT_TEST(pre_copy_says_what_there_is_to_read)
{
	struct vf *vf = mig_fresh();
	struct mig_stream stream = {};
	struct precopy_info info;
	uint64_t initial;
	int fd, none;

	mig_enter(vf, MIG_PRE_COPY, &fd);
	ASSERT_EQ(precopy_info(fd, &info), 0);
	initial = info.initial_bytes;
	EXPECT(initial > 0);
	EXPECT_EQ(info.flags, 0);
	EXPECT_EQ(info.dirty_bytes, 0);
	ASSERT_EQ(read(fd, stream.bytes, 5), 5);
	stream.len = 5;
	ASSERT_EQ(precopy_info(fd, &info), 0);
	EXPECT_EQ(info.initial_bytes, initial - 5);
	EXPECT_EQ(mig_read(fd, &stream), ENOMSG);
	EXPECT_EQ(stream.len, initial);
	ASSERT_EQ(precopy_info(fd, &info), 0);
	EXPECT_EQ(info.initial_bytes, 0);
	info.argsz = sizeof(info) - 1;
	EXPECT_EQ(ioctl(fd, PRECOPY_INFO, &info), -1);
	EXPECT_EQ(errno, EINVAL);
	EXPECT_EQ(ioctl(fd, PRECOPY_INFO, NULL), -1);
	EXPECT_EQ(errno, EFAULT);
	EXPECT_EQ(ioctl(fd, _IO(VFIO_TYPE, VFIO_BASE + 99), &info), -1);
	EXPECT_EQ(errno, ENOTTY);
	mig_enter(vf, MIG_PRE_COPY_P2P, &none);
	EXPECT_EQ(none, -1);
	EXPECT_EQ(precopy_info(fd, &info), 0);
	mig_enter(vf, MIG_PRE_COPY, &none);
	EXPECT_EQ(mig_read(fd, &stream), ENOMSG);
	mig_enter(vf, MIG_STOP_COPY, &none);
	EXPECT_EQ(precopy_info(fd, &info), -EINVAL);
	EXPECT_EQ(mig_read(fd, &stream), 0);
	EXPECT(stream.len > initial);
	mig_enter(vf, MIG_RUNNING, &none);
	EXPECT_EQ(precopy_info(fd, &info), -EINVAL);
	EXPECT_EQ(mig_read(fd, &stream), ENODEV);
	mig_end(&fd);
}

/* Some of the first piece is not read before the device has stopped: nothing is lost */
UNIT_TEST(pre_copy_may_be_left_early)
{
	struct mig_stream whole = {}, late = {};
	struct vf *vf = mig_fresh();
	int fd, none;

	mig_enter(vf, MIG_PRE_COPY, &fd);
	EXPECT_EQ(mig_read(fd, &whole), ENOMSG);
	mig_enter(vf, MIG_STOP_COPY, &none);
	EXPECT_EQ(mig_read(fd, &whole), 0);
	mig_end(&fd);
	mig_enter(vf, MIG_RUNNING, &none);
	mig_enter(vf, MIG_PRE_COPY, &fd);
	ASSERT_EQ(read(fd, late.bytes, 7), 7);
	late.len = 7;
	mig_enter(vf, MIG_STOP_COPY, &none);
	EXPECT_EQ(mig_read(fd, &late), 0);
	EXPECT_EQ(late.len, whole.len);
	EXPECT(!memcmp(late.bytes, whole.bytes, whole.len));
	mig_end(&fd);
	mig_enter(vf, MIG_RUNNING, &none);
}

UNIT_TEST(reads_of_any_length_give_the_same)
{
	struct mig_stream whole = {}, bytes = {};
	struct vf *vf = mig_fresh();
	int fd;

	mig_enter(vf, MIG_STOP_COPY, &fd);
	EXPECT_EQ(mig_read(fd, &whole), 0);
	mig_end(&fd);
	mig_enter(vf, MIG_STOP, &fd);
	for (size_t cut = 1; cut < whole.len; cut += cut < 40 ? 1 : 37) {
		bytes.len = 0;
		mig_enter(vf, MIG_STOP_COPY, &fd);
		for (;;) {
			ssize_t got = read(fd, bytes.bytes + bytes.len, cut);

			ASSERT(got >= 0);
			if (!got)
				break;
			bytes.len += got;
		}
		EXPECT_EQ(bytes.len, whole.len);
		EXPECT(!memcmp(bytes.bytes, whole.bytes, whole.len));
		mig_end(&fd);
		mig_enter(vf, MIG_STOP, &fd);
	}
	mig_enter(vf, MIG_RUNNING, &fd);
}

UNIT_TEST(bad_memory_loses_nothing)
{
	struct mig_stream whole = {}, stream = {};
	struct vf *vf = mig_fresh();
	uint8_t *edge;
	int fd, none;

	nowhere = (void *)sysconf(_SC_PAGESIZE) - 8;
	edge = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT(edge != MAP_FAILED);
	ASSERT_EQ(munmap(edge + 4096, 4096), 0);
	mig_enter(vf, MIG_STOP_COPY, &fd);
	EXPECT_EQ(mig_read(fd, &whole), 0);
	mig_end(&fd);
	mig_enter(vf, MIG_STOP, &none);
	mig_enter(vf, MIG_STOP_COPY, &fd);
	EXPECT_EQ(read(fd, nowhere, 100), -1);
	EXPECT_EQ(errno, EFAULT);
	/* what fits is read */
	ASSERT_EQ(read(fd, edge + 4096 - 20, 100), 20);
	memcpy(stream.bytes, edge + 4096 - 20, 20);
	stream.len = 20;
	EXPECT_EQ(mig_read(fd, &stream), 0);
	EXPECT_EQ(stream.len, whole.len);
	EXPECT(!memcmp(stream.bytes, whole.bytes, whole.len));
	mig_end(&fd);
	mig_enter(vf, MIG_STOP, &none);
	/* the same for what is written */
	mig_enter(vf, MIG_RESUMING, &fd);
	EXPECT_EQ(write(fd, nowhere, 100), -1);
	EXPECT_EQ(errno, EFAULT);
	memcpy(edge + 4096 - 20, whole.bytes, 20);
	EXPECT_EQ(write(fd, edge + 4096 - 20, 100), 20);
	EXPECT_EQ(mig_write(fd, whole.bytes + 20, whole.len - 20, 0), 0);
	mig_enter(vf, MIG_STOP, &none);
	mig_end(&fd);
	mig_enter(vf, MIG_RUNNING, &none);
	munmap(edge, 4096);
}

UNIT_TEST(files_go_one_way)
{
	struct vf *vf = mig_fresh();
	uint8_t byte = 0;
	int fd, none;

	mig_enter(vf, MIG_STOP_COPY, &fd);
	EXPECT_EQ(write(fd, &byte, 1), -1);
	EXPECT_EQ(errno, EBADF);
	EXPECT_EQ(lseek(fd, 0, SEEK_SET), -1);
	EXPECT_EQ(errno, ESPIPE);
	EXPECT_EQ(pread(fd, &byte, 1, 0), -1);
	mig_end(&fd);
	mig_enter(vf, MIG_RESUMING, &fd);
	EXPECT_EQ(read(fd, &byte, 1), -1);
	EXPECT_EQ(errno, EBADF);
	EXPECT_EQ(pwrite(fd, &byte, 1, 0), -1);
	EXPECT_EQ(write(fd, &byte, 0), 0);
	mig_end(&fd);
	ASSERT_EQ(vf_reset(vf), 0);
	mig_enter(vf, MIG_RUNNING, &none);
}
