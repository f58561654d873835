// SPDX-License-Identifier: GPL-2.0-only
/*
 * BAR0: every offset, width and direction, against what single bytes and whole
 * fields say, and against the device's configuration by the modern interface.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"
#include "vf.h"

#define SIZE_MAX_BAR0	256

static int64_t get(struct vf *vf, unsigned int offset, size_t len)
{
	return vf_read(vf, BAR0, offset, len);
}

static void put(struct vf *vf, unsigned int offset, size_t len, uint64_t value)
{
	ASSERT_EQ(vf_write(vf, BAR0, offset, len, value), 0);
}

/* Whole fields of the common configuration, and their bytes into @bytes */
static void read_fields(struct vf *vf, bool msix, unsigned char *bytes)
{
	static const unsigned char fields[][2] = {
		{ DEVICE_FEATURES, 4 }, { DRIVER_FEATURES, 4 }, { QUEUE_ADDRESS, 4 },
		{ QUEUE_SIZE, 2 }, { QUEUE_SELECT, 2 }, { QUEUE_NOTIFY, 2 },
		{ DEVICE_STATUS, 1 }, { ISR_STATUS, 1 }, { CONFIG_VECTOR, 2 }, { QUEUE_VECTOR, 2 },
	};

	for (int i = 0; i < (msix ? 10 : 8); i++)
		ASSERT_EQ(vf_get(vf, BAR0, fields[i][0], bytes + fields[i][0], fields[i][1]),
			  fields[i][1]);
}

/* Where the device's configuration ends, by the modern interface: 0xff behind it */
static unsigned int config_len(struct vf *vf)
{
	const unsigned char *end = vf->type->field_end;
	unsigned int last = 0;

	for (; *end; end++) {
		bool there = false;

		for (unsigned int at = last; at < *end; at++)
			there |= vf_modern_byte(vf, at) != 0xff;
		if (!there)
			break;
		last = *end;
	}
	return last;
}

/* The BAR byte by byte, as it has to be */
static void expect_bytes(struct vf *vf, bool msix, unsigned char *bytes)
{
	unsigned int common = msix ? 24 : 20;

	memset(bytes, 0xff, SIZE_MAX_BAR0);
	read_fields(vf, msix, bytes);
	for (unsigned int at = 0; at < config_len(vf); at++)
		bytes[common + at] = vf_modern_byte(vf, at);
}

/*
 * What an access of @len bytes at @at gives. It is made of aligned ones of at
 * most 4 bytes; one of them that runs over the configuration's end is all ones.
 */
static void expect_access(const unsigned char *bytes, unsigned int end, unsigned int at,
			  unsigned int len, unsigned char *expected)
{
	while (len) {
		unsigned int unit = 4;

		while (unit > len || at % unit)
			unit /= 2;
		memcpy(expected, bytes + at, unit);
		if (at + unit > end)
			memset(expected, 0xff, unit);
		expected += unit;
		at += unit;
		len -= unit;
	}
}

static void check_reads(struct vf *vf, bool msix)
{
	unsigned char bytes[SIZE_MAX_BAR0], expected[16], got[16];
	unsigned int end = (msix ? 24 : 20) + config_len(vf);

	expect_bytes(vf, msix, bytes);
	/* a register that only takes notifications gives nothing */
	EXPECT_EQ(bytes[QUEUE_NOTIFY], 0xff);
	EXPECT_EQ(bytes[QUEUE_NOTIFY + 1], 0xff);
	for (unsigned int len = 1; len <= 16; len++)
		for (unsigned int at = 0; at + len <= vf->size[BAR0]; at++) {
			expect_access(bytes, end, at, len, expected);
			ASSERT_EQ(vf_get(vf, BAR0, at, got, len), len);
			if (!memcmp(got, expected, len))
				continue;
			unit_fail(__FILE__, __LINE__, 0, "MSI-X %d, %u bytes at %u: wrong",
				  msix, len, at);
		}
}

UNIT_TEST(every_read_without_msix)
{
	check_reads(vf_fresh(), false);
}

UNIT_TEST(every_read_with_msix)
{
	struct vf *vf = vf_fresh();

	ASSERT_EQ(vf_msix(vf, 1), 0);
	check_reads(vf, true);
}

UNIT_TEST(msix_moves_the_configuration_there_and_back)
{
	struct vf *vf = vf_fresh();
	int64_t without = get(vf, 20, 8);

	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(vf_msix(vf, 2), 0);
		EXPECT_EQ(get(vf, CONFIG_VECTOR, 2), NO_VECTOR);
		EXPECT_EQ(get(vf, QUEUE_VECTOR, 2), NO_VECTOR);
		EXPECT_EQ(get(vf, 24, 8), without);
		ASSERT_EQ(vf_msix(vf, 0), 0);
		EXPECT_EQ(get(vf, 20, 8), without);
	}
}

/* Write each part of a register, and see that part change, that part alone */
static void check_write_parts(struct vf *vf, unsigned int reg, unsigned int width, uint32_t value)
{
	for (unsigned int len = 1; len <= width; len *= 2)
		for (unsigned int at = 0; at < width; at += len) {
			uint32_t mask = (len == 4 ? ~0U : (1U << (8 * len)) - 1) << (8 * at);

			put(vf, reg, width, 0);
			put(vf, reg + at, len, value >> (8 * at));
			EXPECT_EQ(get(vf, reg, width), value & mask);
		}
	put(vf, reg, width, 0);
}

UNIT_TEST(registers_are_written_by_parts)
{
	struct vf *vf = vf_fresh();

	check_write_parts(vf, DRIVER_FEATURES, 4, get(vf, DEVICE_FEATURES, 4));
	put(vf, DEVICE_STATUS, 1, 0);
	check_write_parts(vf, QUEUE_SELECT, 2, 0x0101);
	ASSERT_EQ(vf_msix(vf, 2), 0);
	put(vf, CONFIG_VECTOR, 2, 1);
	EXPECT_EQ(get(vf, CONFIG_VECTOR, 2), 1);
	put(vf, CONFIG_VECTOR, 2, 0x7000);
	EXPECT_EQ(get(vf, CONFIG_VECTOR, 2), NO_VECTOR);
	put(vf, QUEUE_SELECT, 2, 0);
	put(vf, CONFIG_VECTOR, 4, 0x00010000);
	EXPECT_EQ(get(vf, CONFIG_VECTOR, 4), 0x00010000);
	EXPECT_EQ(get(vf, QUEUE_VECTOR, 2), 1);
}

UNIT_TEST(writes_that_span_registers)
{
	struct vf *vf = vf_fresh();
	int64_t size = get(vf, QUEUE_SIZE, 2), features = get(vf, DEVICE_FEATURES, 4);

	put(vf, DEVICE_STATUS, 1, ACKNOWLEDGE);
	/* queue size is read-only, queue select is not */
	put(vf, QUEUE_SIZE, 4, 0x0001dead);
	EXPECT_EQ(get(vf, QUEUE_SELECT, 2), 1);
	put(vf, QUEUE_SIZE, 4, 0x0000beef);
	EXPECT_EQ(get(vf, QUEUE_SIZE, 4), size);
	/* device features are read-only, the driver's are not */
	put(vf, DEVICE_FEATURES, 8, (uint64_t)features << 32 | 0x5a5a5a5a);
	EXPECT_EQ(get(vf, DEVICE_FEATURES, 4), features);
	EXPECT_EQ(get(vf, DRIVER_FEATURES, 4), features);
	/* a notification, the status, and the interrupt status that is read-only */
	put(vf, QUEUE_NOTIFY, 4, 0xff030000);
	EXPECT_EQ(get(vf, DEVICE_STATUS, 1), ACKNOWLEDGE | DRIVER);
	EXPECT_EQ(get(vf, ISR_STATUS, 1), 0);
	/* misaligned */
	put(vf, QUEUE_SELECT - 1, 3, 0x000155);
	EXPECT_EQ(get(vf, QUEUE_SELECT, 2), 1);
	put(vf, DEVICE_STATUS, 1, 0);
	EXPECT_EQ(get(vf, DEVICE_STATUS, 1), 0);
}

/* By read() and write(), each register behind the one before; not all of them are 0 */
UNIT_TEST(a_position_moves_from_register_to_register)
{
	static const struct { bool write; unsigned char offset, len; } steps[] = {
		{ false, DEVICE_FEATURES, 4 }, { true, DRIVER_FEATURES, 4 },
		{ false, QUEUE_ADDRESS, 4 }, { false, QUEUE_SIZE, 2 }, { true, QUEUE_SELECT, 2 },
		{ true, QUEUE_NOTIFY, 2 }, { false, DEVICE_STATUS, 1 }, { false, ISR_STATUS, 1 },
	};
	struct vf *vf = vf_fresh();

	/* the first region: a position that nobody has moved is its first byte */
	ASSERT_EQ(vf->offset[BAR0], 0);
	put(vf, DEVICE_STATUS, 1, ACKNOWLEDGE);
	for (int i = 0; i < ARRAY_SIZE(steps); i++) {
		uint32_t value = 0;

		if (steps[i].write) {
			ASSERT_EQ(write(vf->device, &value, steps[i].len), steps[i].len);
			continue;
		}
		ASSERT_EQ(read(vf->device, &value, steps[i].len), steps[i].len);
		EXPECT_EQ(value, get(vf, steps[i].offset, steps[i].len));
	}
}

UNIT_TEST(what_is_not_there_takes_writes_and_gives_ones)
{
	struct vf *vf = vf_fresh();
	unsigned int end = 20 + config_len(vf);

	while (end % 8)
		end++;
	for (unsigned int at = end; at + 8 <= vf->size[BAR0]; at += 8) {
		put(vf, at, 8, 0x1234567812345678);
		EXPECT_EQ(get(vf, at, 4), 0xffffffffLL);
	}
}

UNIT_TEST(a_network_device_takes_a_mac)
{
	struct vf *vf = vf_fresh();
	int64_t low = get(vf, 20, 4), high = get(vf, 24, 2);

	if (vf->own_id != 0x1041)
		unit_skip("this is no network device");
	for (int i = 0; i < 6; i++)
		put(vf, 20 + i, 1, 0x20 + 2 * i);
	EXPECT_EQ(get(vf, 20, 4), 0x26242220);
	EXPECT_EQ(get(vf, 24, 2), 0x2a28);
	put(vf, 20, 4, low);
	put(vf, 24, 2, high);
	EXPECT_EQ(get(vf, 20, 4), low);
}

UNIT_TEST(accesses_end_with_the_bar)
{
	struct vf *vf = vf_fresh();
	unsigned int size = vf->size[BAR0];
	unsigned char buf[16];

	for (unsigned int len = 2; len <= 16; len++)
		for (unsigned int inside = 1; inside < len; inside++) {
			EXPECT_EQ(vf_get(vf, BAR0, size - inside, buf, len), inside);
			memset(buf, 0, sizeof(buf));
			EXPECT_EQ(vf_put(vf, BAR0, size - inside, buf, len), inside);
		}
	EXPECT_EQ(vf_get(vf, BAR0, size, buf, 1), -EINVAL);
	EXPECT_EQ(vf_put(vf, BAR0, size, buf, 1), -EINVAL);
	EXPECT_EQ(vf_get(vf, BAR0, 1 << 20, buf, 4), -EINVAL);
	EXPECT_EQ(vf_get(vf, BAR0, 0xffffffffffULL, buf, 4), -EINVAL);
	EXPECT_EQ(vf_get(vf, BAR0, 0, buf, 0), 0);
	EXPECT_EQ(vf_put(vf, BAR0, 0, buf, 0), 0);
}

UNIT_TEST(nothing_answers_while_decoding_is_off)
{
	struct vf *vf = vf_fresh();
	unsigned char buf[8] = {};

	put(vf, DEVICE_STATUS, 1, ACKNOWLEDGE);
	ASSERT_EQ(vf_decode(vf, false), 0);
	for (unsigned int len = 1; len <= 8; len *= 2)
		for (unsigned int at = 0; at + len <= vf->size[BAR0]; at++) {
			ASSERT_EQ(vf_get(vf, BAR0, at, buf, len), -EIO);
			ASSERT_EQ(vf_put(vf, BAR0, at, buf, len), -EIO);
		}
	ASSERT_EQ(vf_decode(vf, true), 0);
	EXPECT_EQ(get(vf, DEVICE_STATUS, 1), ACKNOWLEDGE);
}

UNIT_TEST(bad_buffers)
{
	struct vf *vf = vf_fresh();

	EXPECT_EQ(vf_get(vf, BAR0, 0, NULL, 4), -EFAULT);
	EXPECT_EQ(vf_put(vf, BAR0, 0, NULL, 4), -EFAULT);
	EXPECT_EQ(vf_put(vf, BAR0, QUEUE_NOTIFY, NULL, 2), -EFAULT);
}
