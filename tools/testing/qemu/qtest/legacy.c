// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The four commands that access a VF's legacy registers: which accesses there
 * are, what they do, and that it is what the legacy interface would do.
 */
#include "rows.h"

#define REQUIREMENTS	"Device Requirements: Legacy Interface"
/* "Legacy Interface: Reserved Feature Bits", and VIRTIO_NET_F_GSO */
#define L_ANY_LAYOUT	(1u << 27)
#define L_ONLY_FEATURES	(L_ANY_LAYOUT | 1u << 24 | 1u << 30 | 1u << 6)

#define LEGACY_LAYOUT	"Legacy Interfaces: A Note on PCI Device Layout"

struct field {
	uint8_t offset;
	uint8_t size;
};

static const struct field common_fields[] = {
	{ L_DEVICE_FEATURES, 4 }, { L_DRIVER_FEATURES, 4 }, { L_QUEUE_ADDRESS, 4 },
	{ L_QUEUE_SIZE, 2 }, { L_QUEUE_SELECT, 2 }, { L_QUEUE_NOTIFY, 2 }, { L_STATUS, 1 },
	{ L_ISR, 1 }, { L_CONFIG_VECTOR, 2 }, { L_QUEUE_VECTOR, 2 },
};

/* struct virtio_net_config and struct virtio_blk_config, the fields these devices have */
static const struct field net_fields[] = {
	{ 0, 6 }, { 6, 2 },
};

static const struct field blk_fields[] = {
	{ 0, 8 }, { 8, 4 }, { 12, 4 }, { 16, 2 }, { 18, 1 }, { 19, 1 }, { 20, 4 }, { 24, 1 },
	{ 25, 1 }, { 26, 2 }, { 28, 4 }, { 32, 1 }, { 33, 1 }, { 34, 2 }, { 36, 4 }, { 40, 4 },
	{ 44, 4 }, { 48, 4 }, { 52, 4 }, { 56, 1 },
};

static bool in_one_field(const struct field *fields, size_t count, unsigned int offset,
			 unsigned int len)
{
	for (size_t i = 0; i < count; i++)
		if (offset >= fields[i].offset && len &&
		    offset + len <= fields[i].offset + fields[i].size)
			return true;
	return false;
}

static void enable_msix(struct card *card, unsigned int index)
{
	struct func vf = vf_open(card, index);

	cfg_put16(&vf, cfg_cap(&vf, CAP_MSIX) + MSIX_CONTROL, MSIX_ENABLE);
}

/* Every offset with every length: what strict lets through is a single field's. */
static void common_single_field(struct card *card)
{
	enable_msix(card, 0);
	for (unsigned int offset = 0; offset < L_END_MSIX + 2; offset++) {
		for (unsigned int len = 1; len <= 5; len++) {
			bool good = in_one_field(common_fields, ARRAY_SIZE(common_fields),
						 offset, len);
			struct answer answer = legacy_read_at(card, 0, COMMON_READ, offset, len);

			if (good)
				expect_ok(answer);
			else
				expect_status(answer, EINVAL_, Q_INVALID_FIELD);
		}
	}
}

static void common_any_inside(struct card *card)
{
	for (unsigned int offset = 0; offset < L_END_MSIX + 2; offset++) {
		for (unsigned int len = 1; len <= L_END_MSIX + 1; len += len < 5 ? 1 : 7) {
			struct answer answer = legacy_read_at(card, 0, COMMON_READ, offset, len);

			if (offset + len <= L_END_MSIX)
				expect_ok(answer);
			else
				expect_status(answer, EINVAL_, Q_INVALID_FIELD);
		}
	}
}

static void common_write_single_field(struct card *card)
{
	static const uint8_t zeros[8];

	enable_msix(card, 0);
	for (unsigned int offset = 0; offset < L_END_MSIX + 2; offset++) {
		for (unsigned int len = 1; len <= 5; len++) {
			bool good = in_one_field(common_fields, ARRAY_SIZE(common_fields),
						 offset, len);

			expect_status(legacy_write_at(card, 0, COMMON_WRITE, offset, zeros, len),
				      good ? OK : EINVAL_, good ? Q_OK : Q_INVALID_FIELD);
		}
	}
}

static void device_fields(struct card *card, uint16_t opcode)
{
	static const uint8_t zeros[16];
	const struct field *fields = card->options.blk ? blk_fields : net_fields;
	size_t count = card->options.blk ? ARRAY_SIZE(blk_fields) : ARRAY_SIZE(net_fields);
	unsigned int end = fields[count - 1].offset + fields[count - 1].size;

	for (unsigned int offset = 0; offset < end; offset++) {
		for (unsigned int len = 1; len <= 9; len++) {
			bool good = in_one_field(fields, count, offset, len);
			struct answer answer = opcode == DEVICE_READ ?
				legacy_read_at(card, 0, opcode, offset, len) :
				legacy_write_at(card, 0, opcode, offset, zeros, len);

			/* what follows those that are known here may be a field too */
			if (offset + len > end)
				continue;
			expect_status(answer, good ? OK : EINVAL_, good ? Q_OK : Q_INVALID_FIELD);
		}
	}
}

static void device_read_single_field(struct card *card)
{
	device_fields(card, DEVICE_READ);
}

static void device_write_single_field(struct card *card)
{
	device_fields(card, DEVICE_WRITE);
}

static void device_outside(struct card *card)
{
	static const uint8_t zero;

	expect_status(legacy_read_at(card, 0, DEVICE_READ, 255, 1), EINVAL_, Q_INVALID_FIELD);
	expect_status(legacy_read_at(card, 0, DEVICE_READ, 0, 256), EINVAL_, Q_INVALID_FIELD);
	expect_status(legacy_read_at(card, 0, DEVICE_READ, 0, 4000), EINVAL_, Q_INVALID_FIELD);
	expect_status(legacy_write_at(card, 0, DEVICE_WRITE, 255, &zero, 1),
		      EINVAL_, Q_INVALID_FIELD);
}

/* "completely within the virtio common configuration excluding the device-specific" */
static void common_outside(struct card *card)
{
	static const uint8_t offsets[] = { 24, 25, 100, 255 };
	uint8_t zeros[600] = {};

	for (unsigned int i = 0; i < ARRAY_SIZE(offsets); i++) {
		expect_status(legacy_read_at(card, 0, COMMON_READ, offsets[i], 1),
			      EINVAL_, Q_INVALID_FIELD);
		expect_status(legacy_write_at(card, 0, COMMON_WRITE, offsets[i], zeros, 1),
			      EINVAL_, Q_INVALID_FIELD);
	}
	expect_status(legacy_read_at(card, 0, COMMON_READ, 22, 3), EINVAL_, Q_INVALID_FIELD);
	expect_status(legacy_read_at(card, 0, COMMON_READ, 0, 600), EINVAL_, Q_INVALID_FIELD);
	expect_status(legacy_write_at(card, 0, COMMON_WRITE, 0, zeros, sizeof(zeros)),
		      EINVAL_, Q_INVALID_FIELD);
}

static void no_data(struct card *card)
{
	expect_status(legacy_read_at(card, 0, COMMON_READ, L_STATUS, 0), EINVAL_, Q_INVALID_FIELD);
	expect_status(legacy_write_at(card, 0, COMMON_WRITE, L_STATUS, NULL, 0),
		      EINVAL_, Q_INVALID_FIELD);
	expect_status(legacy_read_at(card, 0, DEVICE_READ, 0, 0), EINVAL_, Q_INVALID_FIELD);
	expect_status(legacy_write_at(card, 0, DEVICE_WRITE, 0, NULL, 0),
		      EINVAL_, Q_INVALID_FIELD);
}

/* "If MSI-X is enabled for the device, two additional fields" */
static void vectors_need_msix(struct card *card)
{
	expect_status(legacy_read_at(card, 0, COMMON_READ, L_CONFIG_VECTOR, 2),
		      EINVAL_, Q_INVALID_FIELD);
	enable_msix(card, 0);
	g_assert_cmphex(legacy_get(card, 0, L_CONFIG_VECTOR, 2), ==, NO_VECTOR);
	/* the other VF's is not */
	expect_status(legacy_read_at(card, 1, COMMON_READ, L_CONFIG_VECTOR, 2),
		      EINVAL_, Q_INVALID_FIELD);
}

static void vectors_always(struct card *card)
{
	g_assert_cmphex(legacy_get(card, 0, L_CONFIG_VECTOR, 2), ==, NO_VECTOR);
}

static void features(struct card *card)
{
	struct func vf = vf_open(card, 0);
	uint32_t offered = legacy_get(card, 0, L_DEVICE_FEATURES, 4);

	/* the modern interface's bits 0 to 31, and those that only legacy has */
	g_assert_cmphex(offered & ~L_ONLY_FEATURES, ==,
			(uint32_t)modern_features(&vf) & ~L_ONLY_FEATURES);
	g_assert_cmphex(offered & L_ANY_LAYOUT, !=, 0);
	legacy_put(card, 0, L_DRIVER_FEATURES, 4, offered & 0x0000ffff);
	g_assert_cmphex(legacy_get(card, 0, L_DRIVER_FEATURES, 4), ==, offered & 0x0000ffff);
	/* bits 32 and above are not acknowledged */
	common_put32(&vf, COMMON_DRIVER_FEATURE_SELECT, 1);
	g_assert_cmphex(common32(&vf, COMMON_DRIVER_FEATURE), ==, 0);
}

static void features_read_only(struct card *card)
{
	uint32_t offered = legacy_get(card, 0, L_DEVICE_FEATURES, 4);

	legacy_put(card, 0, L_DEVICE_FEATURES, 4, ~offered);
	g_assert_cmphex(legacy_get(card, 0, L_DEVICE_FEATURES, 4), ==, offered);
	legacy_put(card, 0, L_QUEUE_SIZE, 2, 4);
	g_assert_cmphex(legacy_get(card, 0, L_QUEUE_SIZE, 2), >=, 64);
}

static void little_endian(struct card *card)
{
	uint8_t address[4] = { 0x78, 0x56, 0x04, 0x00 };
	struct answer answer;

	expect_ok(legacy_write_at(card, 0, COMMON_WRITE, L_QUEUE_ADDRESS, address, 4));
	answer = legacy_read_at(card, 0, COMMON_READ, L_QUEUE_ADDRESS, 4);
	g_assert_cmpmem(answer.raw + ANSWER_RESULT, 4, address, 4);
	for (unsigned int i = 0; i < 4; i++)
		g_assert_cmphex(legacy_get(card, 0, L_QUEUE_ADDRESS + i, 1), ==, address[i]);
	g_assert_cmphex(legacy_get(card, 0, L_QUEUE_ADDRESS + 1, 2), ==, 0x0456);
}

/* Bytes of a field that were not written keep their value. */
static void part_of_a_field(struct card *card)
{
	legacy_put(card, 0, L_QUEUE_ADDRESS, 4, 0x00001234);
	legacy_put(card, 0, L_QUEUE_ADDRESS + 1, 1, 0x56);
	g_assert_cmphex(legacy_get(card, 0, L_QUEUE_ADDRESS, 4), ==, 0x00005634);
}

static void queue_registers(struct card *card)
{
	unsigned int queues = card->options.blk ? 1 : 3;

	for (unsigned int i = 0; i < queues; i++) {
		legacy_put(card, 0, L_QUEUE_SELECT, 2, i);
		g_assert_cmphex(legacy_get(card, 0, L_QUEUE_SELECT, 2), ==, i);
		g_assert_cmpuint(legacy_get(card, 0, L_QUEUE_SIZE, 2), !=, 0);
		g_assert_cmphex(legacy_get(card, 0, L_QUEUE_ADDRESS, 4), ==, 0);
		legacy_put(card, 0, L_QUEUE_ADDRESS, 4, 0x100 + 16 * i);
	}
	for (unsigned int i = 0; i < queues; i++) {
		legacy_put(card, 0, L_QUEUE_SELECT, 2, i);
		g_assert_cmphex(legacy_get(card, 0, L_QUEUE_ADDRESS, 4), ==, 0x100 + 16 * i);
	}
	legacy_put(card, 0, L_QUEUE_SELECT, 2, queues);
	g_assert_cmpuint(legacy_get(card, 0, L_QUEUE_SIZE, 2), ==, 0);
}

static void status(struct card *card)
{
	struct func vf = vf_open(card, 0);

	g_assert_cmphex(legacy_get(card, 0, L_STATUS, 1), ==, 0);
	legacy_put(card, 0, L_STATUS, 1, ACKNOWLEDGE);
	legacy_put(card, 0, L_STATUS, 1, ACKNOWLEDGE | DRIVER);
	g_assert_cmphex(legacy_get(card, 0, L_STATUS, 1), ==, ACKNOWLEDGE | DRIVER);
	g_assert_cmphex(common8(&vf, COMMON_STATUS), ==, ACKNOWLEDGE | DRIVER);
	legacy_put(card, 0, L_STATUS, 1, 0);
	g_assert_cmphex(legacy_get(card, 0, L_STATUS, 1), ==, 0);
}

static void reset_forgets(struct card *card)
{
	enable_msix(card, 0);
	legacy_put(card, 0, L_STATUS, 1, ACKNOWLEDGE | DRIVER);
	legacy_put(card, 0, L_QUEUE_ADDRESS, 4, 0x100);
	legacy_put(card, 0, L_QUEUE_VECTOR, 2, 1);
	legacy_put(card, 0, L_CONFIG_VECTOR, 2, 0);
	legacy_put(card, 0, L_STATUS, 1, 0);
	g_assert_cmphex(legacy_get(card, 0, L_QUEUE_ADDRESS, 4), ==, 0);
	g_assert_cmphex(legacy_get(card, 0, L_QUEUE_VECTOR, 2), ==, NO_VECTOR);
	g_assert_cmphex(legacy_get(card, 0, L_CONFIG_VECTOR, 2), ==, NO_VECTOR);
	g_assert_cmphex(legacy_get(card, 0, L_DRIVER_FEATURES, 4), ==, 0);
}

/* QEMU's own legacy device resets on address 0, and Linux's driver writes it at the end. */
static void address_zero(struct card *card)
{
	legacy_put(card, 0, L_STATUS, 1, ACKNOWLEDGE | DRIVER);
	legacy_put(card, 0, L_QUEUE_ADDRESS, 4, 0x100);
	legacy_put(card, 0, L_QUEUE_ADDRESS, 4, 0);
	g_assert_cmphex(legacy_get(card, 0, L_QUEUE_ADDRESS, 4), ==, 0);
}

/* "Device MUST report mapping failures by returning the NO_VECTOR value" */
static void vector_registers(struct card *card)
{
	enable_msix(card, 0);
	legacy_put(card, 0, L_CONFIG_VECTOR, 2, 1);
	g_assert_cmphex(legacy_get(card, 0, L_CONFIG_VECTOR, 2), ==, 1);
	legacy_put(card, 0, L_CONFIG_VECTOR, 2, 0x1000);
	g_assert_cmphex(legacy_get(card, 0, L_CONFIG_VECTOR, 2), ==, NO_VECTOR);
	legacy_put(card, 0, L_QUEUE_SELECT, 2, 0);
	legacy_put(card, 0, L_QUEUE_VECTOR, 2, 1);
	g_assert_cmphex(legacy_get(card, 0, L_QUEUE_VECTOR, 2), ==, 1);
	legacy_put(card, 0, L_QUEUE_VECTOR, 2, NO_VECTOR);
	g_assert_cmphex(legacy_get(card, 0, L_QUEUE_VECTOR, 2), ==, NO_VECTOR);
}

/* A mainline variant driver forwards what its guest did, over fields' edges. */
static void spanning(struct card *card)
{
	uint8_t two[2] = { ACKNOWLEDGE, 0 };
	struct answer answer;

	legacy_put(card, 0, L_QUEUE_SELECT, 2, 0);
	answer = legacy_read_at(card, 0, COMMON_READ, L_QUEUE_SIZE, 4);
	expect_ok(answer);
	g_assert_cmphex(lduw_le_p(answer.raw + ANSWER_RESULT), ==,
			legacy_get(card, 0, L_QUEUE_SIZE, 2));
	g_assert_cmphex(lduw_le_p(answer.raw + ANSWER_RESULT + 2), ==, 0);
	expect_ok(legacy_write_at(card, 0, COMMON_WRITE, L_STATUS, two, 2));
	g_assert_cmphex(legacy_get(card, 0, L_STATUS, 1), ==, ACKNOWLEDGE);
}

static void members_apart(struct card *card)
{
	for (unsigned int i = 0; i < card->vfs; i++)
		legacy_put(card, i, L_QUEUE_ADDRESS, 4, 0x100 + i);
	for (unsigned int i = 0; i < card->vfs; i++)
		g_assert_cmphex(legacy_get(card, i, L_QUEUE_ADDRESS, 4), ==, 0x100 + i);
	legacy_put(card, 0, L_STATUS, 1, 0);
	g_assert_cmphex(legacy_get(card, 1, L_QUEUE_ADDRESS, 4), ==, 0x101);
}

static void net_mac(struct card *card)
{
	static const uint8_t mac[6] = { 0x52, 0x54, 0, 1, 2, 3 };
	struct func vf = vf_open(card, 0);
	struct answer answer = legacy_read_at(card, 0, DEVICE_READ, 0, 6);

	expect_ok(answer);
	for (unsigned int i = 0; i < 6; i++)
		g_assert_cmphex(answer.raw[ANSWER_RESULT + i], ==,
				qtest_readb(card->qts, vf.config + i));
	/* without VIRTIO_NET_F_CTRL_MAC_ADDR a legacy driver sets it there */
	legacy_put(card, 0, L_STATUS, 1, ACKNOWLEDGE | DRIVER);
	legacy_put(card, 0, L_DRIVER_FEATURES, 4, 0);
	expect_ok(legacy_write_at(card, 0, DEVICE_WRITE, 0, mac, 6));
	answer = legacy_read_at(card, 0, DEVICE_READ, 0, 6);
	g_assert_cmpmem(answer.raw + ANSWER_RESULT, 6, mac, 6);
}

/* Byte by byte, as a legacy driver writes it. */
static void net_mac_bytes(struct card *card)
{
	static const uint8_t mac[6] = { 0x52, 0x54, 0, 4, 5, 6 };
	struct answer answer;

	legacy_put(card, 0, L_STATUS, 1, ACKNOWLEDGE | DRIVER);
	for (unsigned int i = 0; i < 6; i++)
		expect_ok(legacy_write_at(card, 0, DEVICE_WRITE, i, mac + i, 1));
	answer = legacy_read_at(card, 0, DEVICE_READ, 0, 6);
	g_assert_cmpmem(answer.raw + ANSWER_RESULT, 6, mac, 6);
}

static void blk_capacity(struct card *card)
{
	for (unsigned int i = 0; i < card->vfs; i++) {
		struct answer answer = legacy_read_at(card, i, DEVICE_READ, 0, 8);

		expect_ok(answer);
		g_assert_cmpuint(answer.used, ==, ANSWER_RESULT + 8);
		g_assert_cmpuint(ldq_le_p(answer.raw + ANSWER_RESULT), ==, (i + 2) << 11);
		answer = legacy_read_at(card, i, DEVICE_READ, 4, 4);
		g_assert_cmpuint(ldl_le_p(answer.raw + ANSWER_RESULT), ==, 0);
	}
}

static void read_only_config(struct card *card)
{
	uint64_t capacity = UINT64_MAX;
	struct answer answer;

	expect_ok(legacy_write_at(card, 0, DEVICE_WRITE, 0, &capacity, 8));
	answer = legacy_read_at(card, 0, DEVICE_READ, 0, 8);
	g_assert_cmpuint(ldq_le_p(answer.raw + ANSWER_RESULT), ==, 2 << 11);
}

/* A legacy driver from reset to a sector, all by commands, on each VF. */
static void legacy_driver(struct card *card)
{
	for (unsigned int i = 0; i < card->vfs; i++) {
		struct func vf = vf_open(card, i);
		uint64_t data, state;
		struct ring ring;

		legacy_start(card, i, &vf, &ring, 1);
		for (unsigned int n = 0; n < 3; n++) {
			blk_read(&ring, &data, &state);
			legacy_put(card, i, L_QUEUE_NOTIFY, 2, 0);
			g_assert(ring_wait(&ring));
			g_assert_cmphex(qtest_readb(card->qts, state), ==, 0);
			g_assert_cmphex(qtest_readb(card->qts, data + 511), ==, 0);
		}
		g_assert_cmpint(card_stat(card, i, "notifies", "common-cfg"), ==, 3);
	}
}

static void isr(struct card *card)
{
	struct func vf = vf_open(card, 0);
	uint64_t data, state;
	struct ring ring;

	legacy_start(card, 0, &vf, &ring, 1);
	g_assert_cmphex(legacy_get(card, 0, L_ISR, 1), ==, 0);
	blk_read(&ring, &data, &state);
	legacy_put(card, 0, L_QUEUE_NOTIFY, 2, 0);
	g_assert(ring_wait(&ring));
	g_assert_cmphex(legacy_get(card, 0, L_ISR, 1), ==, 1);
	g_assert_cmphex(legacy_get(card, 0, L_ISR, 1), ==, 0);
}

static void msix_interrupt(struct card *card)
{
	struct func vf = vf_open(card, 0);
	uint64_t data, state, at = func_msix(&vf, 2);
	struct ring ring;

	legacy_start(card, 0, &vf, &ring, 1);
	legacy_put(card, 0, L_QUEUE_SELECT, 2, 0);
	legacy_put(card, 0, L_QUEUE_VECTOR, 2, 1);
	blk_read(&ring, &data, &state);
	legacy_put(card, 0, L_QUEUE_NOTIFY, 2, 0);
	g_assert(ring_wait(&ring));
	g_assert_cmphex(qtest_readl(card->qts, at + 4), ==, msix_message(1));
	g_assert_cmphex(qtest_readl(card->qts, at), ==, 0);
	g_assert_cmpint(card_stat(card, 0, "interrupts", NULL), ==, 1);
	g_assert_cmpint(card_stat(card, 1, "interrupts", NULL), ==, 0);
}

static void notify_absent_queue(struct card *card)
{
	static const uint16_t queues[] = { 1, 3, 63, 1023, 1024, 0x7fff, 0xffff };

	legacy_put(card, 0, L_STATUS, 1, ACKNOWLEDGE | DRIVER | DRIVER_OK);
	for (unsigned int i = 0; i < ARRAY_SIZE(queues); i++)
		legacy_put(card, 0, L_QUEUE_NOTIFY, 2, queues[i]);
	g_assert_cmphex(legacy_get(card, 0, L_STATUS, 1), ==, ACKNOWLEDGE | DRIVER | DRIVER_OK);
}

/* Four queues, or pairs of them, that a legacy driver finds and is told of */
static void several_queues(struct card *card)
{
	bool blk = card->options.blk;
	uint32_t mq = 1u << (blk ? 12 : 22);
	uint16_t queues = blk ? 4 : 2 * 4 + 1;
	struct answer told = legacy_read_at(card, 0, DEVICE_READ, blk ? 34 : 8, 2);

	expect_ok(told);
	g_assert_cmpuint(lduw_le_p(told.raw + ANSWER_RESULT), ==, 4);
	g_assert_cmphex(legacy_get(card, 0, L_DEVICE_FEATURES, 4) & mq, ==, mq);
	legacy_put(card, 0, L_STATUS, 1, ACKNOWLEDGE | DRIVER);
	legacy_put(card, 0, L_DRIVER_FEATURES, 4, mq);
	for (uint16_t queue = 0; queue < queues + 1; queue++) {
		legacy_put(card, 0, L_QUEUE_SELECT, 2, queue);
		g_assert_cmpuint(legacy_get(card, 0, L_QUEUE_SIZE, 2) > 0, ==, queue < queues);
	}
}

static void vf_flr(struct card *card)
{
	struct func vf = vf_open(card, 0);

	legacy_put(card, 0, L_STATUS, 1, ACKNOWLEDGE | DRIVER);
	legacy_put(card, 0, L_QUEUE_ADDRESS, 4, 0x100);
	func_flr(&vf);
	g_assert_cmphex(legacy_get(card, 0, L_STATUS, 1), ==, 0);
	g_assert_cmphex(legacy_get(card, 0, L_QUEUE_ADDRESS, 4), ==, 0);
}

static const struct row legacy_rows[] = {
	{ "common-read-single-field", REQUIREMENTS, TYPES | STRICT, LEGACY, common_single_field },
	{ "common-read-any-inside", "personality tolerant", TYPES | TOLERANT, LEGACY,
	  common_any_inside },
	{ "common-write-single-field", REQUIREMENTS, TYPES | STRICT, LEGACY,
	  common_write_single_field },
	{ "common-outside", REQUIREMENTS, TYPES | BOTH, LEGACY, common_outside },
	{ "device-read-single-field", REQUIREMENTS, TYPES | STRICT, LEGACY,
	  device_read_single_field },
	{ "device-write-single-field", REQUIREMENTS, TYPES | STRICT, LEGACY,
	  device_write_single_field },
	{ "device-outside", REQUIREMENTS, TYPES | BOTH, LEGACY, device_outside },
	{ "no-data", REQUIREMENTS, TYPES | BOTH, LEGACY, no_data },
	{ "vectors-need-msix", LEGACY_LAYOUT, TYPES | STRICT, LEGACY, vectors_need_msix },
	{ "vectors-always", "personality tolerant", TYPES | TOLERANT, LEGACY, vectors_always },
	{ "features", LEGACY_LAYOUT, TYPES | BOTH, LEGACY, features },
	{ "read-only", LEGACY_LAYOUT, TYPES | BOTH, LEGACY, features_read_only },
	{ "little-endian", REQUIREMENTS, TYPES | BOTH, LEGACY, little_endian },
	{ "part-of-a-field", REQUIREMENTS, TYPES | BOTH, LEGACY, part_of_a_field },
	{ "queue-registers", LEGACY_LAYOUT, TYPES | BOTH, LEGACY, queue_registers },
	{ "status", LEGACY_LAYOUT, TYPES | BOTH, LEGACY, status },
	{ "reset-forgets", "Device Reset", TYPES | BOTH, LEGACY, reset_forgets },
	{ "address-zero", LEGACY_LAYOUT, TYPES | BOTH, LEGACY, address_zero },
	{ "vector-registers", "MSI-X Vector Configuration", TYPES | BOTH, LEGACY,
	  vector_registers },
	{ "spanning", "personality tolerant", TYPES | TOLERANT, LEGACY, spanning },
	{ "members-apart", REQUIREMENTS, TYPES | BOTH, LEGACY, members_apart },
	{ "members-apart-of-64", REQUIREMENTS, TYPES | TOLERANT, LEGACY, members_apart, 64 },
	{ "net-mac", "Network Device, Device configuration layout", NET | BOTH, LEGACY, net_mac },
	{ "net-mac-bytes", "Network Device, Device configuration layout", NET | BOTH, LEGACY,
	  net_mac_bytes },
	{ "blk-capacity", "Block Device, Device configuration layout", BLK | BOTH, LEGACY,
	  blk_capacity },
	{ "blk-read-only-config", "Block Device, Device configuration layout", BLK | BOTH, LEGACY,
	  read_only_config },
	{ "driver", REQUIREMENTS, BLK | BOTH, LEGACY, legacy_driver },
	{ "isr", LEGACY_LAYOUT, BLK | BOTH, LEGACY, isr },
	{ "msix-interrupt", "Used Buffer Notifications", BLK | BOTH, LEGACY, msix_interrupt },
	{ "notify-absent-queue", REQUIREMENTS, TYPES | BOTH, LEGACY, notify_absent_queue },
	{ "several-queues", "property vf-queues", TYPES | BOTH, LEGACY, several_queues, 2,
	  ",vf-queues=4" },
	{ "vf-flr", "PCI Express, Function Level Reset", TYPES | BOTH, LEGACY, vf_flr },
};

FAMILY(legacy);
