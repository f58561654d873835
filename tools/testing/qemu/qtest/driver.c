// SPDX-License-Identifier: GPL-2.0-or-later
/* The modern interface, split rings and admin commands, as a driver uses them. */
#include "driver.h"

uint8_t common8(struct func *func, unsigned int at)
{
	return qtest_readb(func->card->qts, func->common + at);
}

uint16_t common16(struct func *func, unsigned int at)
{
	return qtest_readw(func->card->qts, func->common + at);
}

uint32_t common32(struct func *func, unsigned int at)
{
	return qtest_readl(func->card->qts, func->common + at);
}

void common_put8(struct func *func, unsigned int at, uint8_t value)
{
	qtest_writeb(func->card->qts, func->common + at, value);
}

void common_put16(struct func *func, unsigned int at, uint16_t value)
{
	qtest_writew(func->card->qts, func->common + at, value);
}

void common_put32(struct func *func, unsigned int at, uint32_t value)
{
	qtest_writel(func->card->qts, func->common + at, value);
}

uint64_t modern_features(struct func *func)
{
	uint64_t features;

	common_put32(func, COMMON_DEVICE_FEATURE_SELECT, 1);
	features = (uint64_t)common32(func, COMMON_DEVICE_FEATURE) << 32;
	common_put32(func, COMMON_DEVICE_FEATURE_SELECT, 0);
	return features | common32(func, COMMON_DEVICE_FEATURE);
}

void modern_begin(struct func *func, uint64_t features)
{
	common_put8(func, COMMON_STATUS, 0);
	g_assert_cmphex(common8(func, COMMON_STATUS), ==, 0);
	common_put8(func, COMMON_STATUS, ACKNOWLEDGE);
	common_put8(func, COMMON_STATUS, ACKNOWLEDGE | DRIVER);
	common_put32(func, COMMON_DRIVER_FEATURE_SELECT, 0);
	common_put32(func, COMMON_DRIVER_FEATURE, features);
	common_put32(func, COMMON_DRIVER_FEATURE_SELECT, 1);
	common_put32(func, COMMON_DRIVER_FEATURE, features >> 32);
	common_put8(func, COMMON_STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
	g_assert_cmphex(common8(func, COMMON_STATUS) & FEATURES_OK, !=, 0);
}

void modern_driver_ok(struct func *func)
{
	common_put8(func, COMMON_STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
}

/* --- rings --- */

struct ring ring_new(struct func *func, uint16_t index, uint16_t size)
{
	struct ring ring = { .func = func, .index = index, .size = size };
	size_t avail = 16 * size, used = ROUND_UP(avail + 6 + 2 * size, 4096);

	ring.desc = card_ram(func->card, used + 6 + 8 * size, 4096);
	ring.avail = ring.desc + avail;
	ring.used = ring.desc + used;
	qtest_memset(func->card->qts, ring.desc, 0, used + 6 + 8 * size);
	return ring;
}

static void put64(struct func *func, unsigned int at, uint64_t value)
{
	common_put32(func, at, value);
	common_put32(func, at + 4, value >> 32);
}

void ring_enable(struct ring *ring, uint16_t vector)
{
	struct func *func = ring->func;

	common_put16(func, COMMON_QUEUE_SELECT, ring->index);
	common_put16(func, COMMON_QUEUE_SIZE, ring->size);
	common_put16(func, COMMON_QUEUE_VECTOR, vector);
	put64(func, COMMON_QUEUE_DESC, ring->desc);
	put64(func, COMMON_QUEUE_DRIVER, ring->avail);
	put64(func, COMMON_QUEUE_DEVICE, ring->used);
	common_put16(func, COMMON_QUEUE_ENABLE, 1);
	ring->doorbell = func->notify +
			 common16(func, COMMON_QUEUE_NOTIFY_OFF) * func->notify_multiplier;
}

struct ring ring_modern(struct func *func, uint16_t index, uint16_t size, uint16_t vector)
{
	struct ring ring;

	common_put16(func, COMMON_QUEUE_SELECT, index);
	if (!size)
		size = common16(func, COMMON_QUEUE_SIZE);
	g_assert_cmpuint(size, !=, 0);
	ring = ring_new(func, index, size);
	ring_enable(&ring, vector);
	return ring;
}

void ring_desc(struct ring *ring, uint16_t index, uint64_t addr, uint32_t len, uint16_t flags,
	       uint16_t next)
{
	uint8_t desc[16];

	stq_le_p(desc, addr);
	stl_le_p(desc + 8, len);
	stw_le_p(desc + 12, flags);
	stw_le_p(desc + 14, next);
	qtest_memwrite(ring->func->card->qts, ring->desc + 16 * index, desc, sizeof(desc));
}

void ring_offer(struct ring *ring, uint16_t head)
{
	QTestState *qts = ring->func->card->qts;

	qtest_writew(qts, ring->avail + 4 + 2 * (ring->next_avail % ring->size), head);
	qtest_writew(qts, ring->avail + 2, ++ring->next_avail);
}

uint16_t ring_add(struct ring *ring, const struct buf *bufs, unsigned int count)
{
	uint16_t head = ring->next_desc;

	for (unsigned int i = 0; i < count; i++) {
		uint16_t at = ring->next_desc, next = (at + 1) % ring->size;
		bool more = i + 1 < count;

		ring_desc(ring, at, bufs[i].addr, bufs[i].len,
			  (more ? DESC_NEXT : 0) | (bufs[i].write ? DESC_WRITE : 0),
			  more ? next : 0);
		ring->next_desc = next;
	}
	ring_offer(ring, head);
	return head;
}

void ring_kick(struct ring *ring)
{
	qtest_writew(ring->func->card->qts, ring->doorbell, ring->index);
}

bool ring_take(struct ring *ring, uint32_t *id, uint32_t *len)
{
	QTestState *qts = ring->func->card->qts;
	uint64_t element = ring->used + 4 + 8 * (ring->next_used % ring->size);

	if (qtest_readw(qts, ring->used + 2) == ring->next_used)
		return false;
	*id = qtest_readl(qts, element);
	*len = qtest_readl(qts, element + 4);
	ring->next_used++;
	return true;
}

bool ring_wait(struct ring *ring)
{
	uint32_t id, len;

	for (int tries = 0; tries < 300; tries++) {
		if (ring_take(ring, &id, &len))
			return true;
		card_step(ring->func->card, 10);
	}
	return false;
}

/* --- admin commands --- */

size_t cmd_make(uint8_t *buf, uint16_t opcode, uint16_t group, uint64_t member,
		const void *data, size_t len)
{
	memset(buf, 0, CMD_DATA);
	stw_le_p(buf + CMD_OPCODE, opcode);
	stw_le_p(buf + CMD_GROUP, group);
	stq_le_p(buf + CMD_MEMBER, member);
	if (len)
		memcpy(buf + CMD_DATA, data, len);
	return CMD_DATA + len;
}

struct sent admin_send_raw(struct card *card, const void *readable, size_t len, uint32_t room)
{
	struct buf bufs[2];
	unsigned int count = 0;
	struct sent sent = { .room = room };

	g_assert_cmpuint(room, <=, ANSWER_MAX);
	sent.writable = card_ram(card, MAX(room, 1) + 64, 16);
	qtest_memset(card->qts, sent.writable, UNTOUCHED, room + 64);
	if (len)
		bufs[count++] = (struct buf){ card_fill(card, readable, len), len, false };
	if (room)
		bufs[count++] = (struct buf){ sent.writable, room, true };
	sent.head = ring_add(&card->admin, bufs, count);
	ring_kick(&card->admin);
	return sent;
}

struct sent admin_send(struct card *card, uint16_t opcode, uint16_t group, uint64_t member,
		       const void *data, size_t len, uint32_t result_room)
{
	g_autofree uint8_t *readable = g_malloc(CMD_DATA + len);

	cmd_make(readable, opcode, group, member, data, len);
	return admin_send_raw(card, readable, CMD_DATA + len, ANSWER_RESULT + result_room);
}

/* "Any missing fields are interpreted as set to zero." */
struct answer admin_answer(struct card *card, const struct sent *sent, uint32_t used)
{
	struct answer answer = { .used = used };
	uint8_t head[ANSWER_RESULT] = {};

	g_assert_cmpuint(used, <=, sent->room);
	if (sent->room)
		qtest_memread(card->qts, sent->writable, answer.raw, sent->room);
	memcpy(head, answer.raw, MIN(used, sizeof(head)));
	answer.status = lduw_le_p(head + ANSWER_STATUS);
	answer.qualifier = lduw_le_p(head + ANSWER_QUALIFIER);
	return answer;
}

struct answer admin_expect(struct card *card, const struct sent *sent)
{
	uint32_t id, used;

	g_assert(ring_take(&card->admin, &id, &used));
	g_assert_cmpuint(id, ==, sent->head);
	return admin_answer(card, sent, used);
}

void admin_expect_none(struct card *card)
{
	uint32_t id, used;

	g_assert(!ring_take(&card->admin, &id, &used));
}

struct answer admin_raw(struct card *card, const void *readable, size_t len, uint32_t room)
{
	struct sent sent = admin_send_raw(card, readable, len, room);

	return admin_expect(card, &sent);
}

struct answer admin(struct card *card, uint16_t opcode, uint16_t group, uint64_t member,
		    const void *data, size_t len, uint32_t result_room)
{
	struct sent sent = admin_send(card, opcode, group, member, data, len, result_room);

	return admin_expect(card, &sent);
}

static bool migrates(struct card *card)
{
	return !card->options.args || !strstr(card->options.args, "migration=off");
}

/* Mainline's driver looks for the self group's in the other one, so the tolerant has them. */
uint64_t sriov_commands(struct card *card)
{
	uint64_t caps = card->options.strict ? 0 : CAP_COMMANDS;

	return ALL_COMMANDS | (migrates(card) ? PARTS_COMMANDS | caps : 0);
}

uint64_t self_commands(struct card *card)
{
	return LIST_COMMANDS | (migrates(card) ? CAP_COMMANDS : 0);
}

struct answer list_query(struct card *card, uint16_t group)
{
	return admin(card, LIST_QUERY, group, 0, NULL, 0, 8);
}

struct answer list_use(struct card *card, uint16_t group, uint64_t opcodes)
{
	uint64_t word = cpu_to_le64(opcodes);

	return admin(card, LIST_USE, group, 0, &word, sizeof(word), 0);
}

void pf_start(struct card *card, uint64_t features, uint16_t size)
{
	struct func *pf = &card->pf;

	modern_begin(pf, features);
	card->admin = ring_modern(pf, common16(pf, COMMON_ADMIN_INDEX), size, NO_VECTOR);
	modern_driver_ok(pf);
}

void card_reach(struct card *card, enum level level)
{
	if (level >= ADMIN)
		pf_start(card, F_VERSION_1 | F_PLATFORM | F_SR_IOV | F_ADMIN_VQ, 0);
	if (level >= GROUP)
		vfs_set(card, card->vfs);
	if (level >= LEGACY)
		expect_ok(list_use(card, SRIOV, ALL_COMMANDS));
}

/* --- legacy access --- */

struct answer legacy_read_at(struct card *card, unsigned int vf, uint16_t opcode, uint8_t offset,
			     uint32_t len)
{
	uint8_t data[LEGACY_DATA] = { offset };

	return admin(card, opcode, SRIOV, vf + 1, data, sizeof(data), len);
}

struct answer legacy_write_at(struct card *card, unsigned int vf, uint16_t opcode, uint8_t offset,
			      const void *data, size_t len)
{
	g_autofree uint8_t *buf = g_malloc0(LEGACY_DATA + len);

	buf[LEGACY_OFFSET] = offset;
	if (len)
		memcpy(buf + LEGACY_DATA, data, len);
	return admin(card, opcode, SRIOV, vf + 1, buf, LEGACY_DATA + len, 0);
}

uint32_t legacy_get(struct card *card, unsigned int vf, uint8_t offset, unsigned int len)
{
	struct answer answer = legacy_read_at(card, vf, COMMON_READ, offset, len);

	expect_ok(answer);
	g_assert_cmpuint(answer.used, ==, ANSWER_RESULT + len);
	memset(answer.raw + ANSWER_RESULT + len, 0, 4);
	return ldl_le_p(answer.raw + ANSWER_RESULT);
}

void legacy_put(struct card *card, unsigned int vf, uint8_t offset, unsigned int len,
		uint32_t value)
{
	uint8_t data[4];

	stl_le_p(data, value);
	expect_ok(legacy_write_at(card, vf, COMMON_WRITE, offset, data, len));
}

struct ring ring_legacy(struct card *card, unsigned int vf, struct func *func, uint16_t index)
{
	struct ring ring;

	legacy_put(card, vf, L_QUEUE_SELECT, 2, index);
	ring = ring_new(func, index, legacy_get(card, vf, L_QUEUE_SIZE, 2));
	g_assert_cmpuint(ring.size, !=, 0);
	legacy_put(card, vf, L_QUEUE_ADDRESS, 4, ring.desc >> 12);
	return ring;
}

void legacy_start(struct card *card, unsigned int vf, struct func *func, struct ring *rings,
		  unsigned int count)
{
	legacy_put(card, vf, L_STATUS, 1, 0);
	legacy_put(card, vf, L_STATUS, 1, ACKNOWLEDGE);
	legacy_put(card, vf, L_STATUS, 1, ACKNOWLEDGE | DRIVER);
	legacy_put(card, vf, L_DRIVER_FEATURES, 4, 0);
	for (unsigned int i = 0; i < count; i++)
		rings[i] = ring_legacy(card, vf, func, i);
	legacy_put(card, vf, L_STATUS, 1, ACKNOWLEDGE | DRIVER | DRIVER_OK);
}

void modern_start(struct func *func, struct ring *rings, unsigned int count)
{
	modern_begin(func, F_VERSION_1 | F_PLATFORM);
	for (unsigned int i = 0; i < count; i++)
		rings[i] = ring_modern(func, i, 0, NO_VECTOR);
	modern_driver_ok(func);
}

/* --- block requests --- */

#define SECTOR 512

void blk_read(struct ring *ring, uint64_t *data, uint64_t *status)
{
	struct card *card = ring->func->card;
	uint8_t header[16] = { 0 };	/* VIRTIO_BLK_T_IN, sector 0 */
	struct buf bufs[3] = { { card_fill(card, header, sizeof(header)), sizeof(header) } };

	*data = card_ram(card, SECTOR, 16);
	*status = card_ram(card, 1, 16);
	qtest_memset(card->qts, *data, UNTOUCHED, SECTOR);
	qtest_memset(card->qts, *status, UNTOUCHED, 1);
	bufs[1] = (struct buf){ *data, SECTOR, true };
	bufs[2] = (struct buf){ *status, 1, true };
	ring_add(ring, bufs, 3);
}
