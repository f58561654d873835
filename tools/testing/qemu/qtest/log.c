// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The DMA write log: every kind of write is in it, nothing else is, and what its commands
 * refuse. Documentation/dirty-log.rst.
 */
#include "migrate.h"
#include "victim.h"

#define LOG	"dirty-log.rst"
#define BASE	112
#define ARGS	",dirty-log=112"

enum { LOG_IDENTITY = BASE, LOG_START, LOG_READ, LOG_STOP };

/* Results and data of the commands */
enum { ID_MAGIC = 0, ID_VERSION = 4, ID_RANGES = 6, ID_SIZES = 8, ID_WINDOW = 12, ID_PAGES = 16,
       ID_LEN = 32 };
enum { START_SHIFT = 0, START_COUNT = 2, START_RANGES = 8 };

#define PAGE		4096
#define RAM_PAGES	(RAM_END / PAGE)
#define BITS_LEN	(RAM_PAGES / 8)

static void in_use(struct card *card)
{
	uint64_t words[2] = { cpu_to_le64(sriov_commands(card)), cpu_to_le64(0xfull << (BASE - 64)) };

	expect_ok(admin(card, LIST_USE, SRIOV, 0, words, sizeof(words), 0));
}

static struct answer start_raw(struct card *card, unsigned int vf, uint8_t shift,
			       const uint64_t *ranges, uint16_t count, size_t cut)
{
	uint8_t data[START_RANGES + 16 * 20] = { [START_SHIFT] = shift };

	stw_le_p(data + START_COUNT, count);
	for (unsigned int i = 0; i < 2 * MIN(count, 20); i++)
		stq_le_p(data + START_RANGES + 8 * i, ranges[i]);
	return admin(card, LOG_START, SRIOV, vf + 1, data,
		     START_RANGES + 16 * MIN(count, 20) - cut, 0);
}

/* All of the machine's memory */
static void start_all(struct card *card, unsigned int vf)
{
	static const uint64_t all[] = { 0, RAM_END };

	expect_ok(start_raw(card, vf, 12, all, 1, 0));
}

static struct answer read_at(struct card *card, unsigned int vf, uint64_t addr, uint64_t len,
			     uint32_t room)
{
	uint64_t data[2] = { cpu_to_le64(addr), cpu_to_le64(len) };

	return admin(card, LOG_READ, SRIOV, vf + 1, data, sizeof(data), room);
}

static struct answer stop(struct card *card, unsigned int vf)
{
	return admin(card, LOG_STOP, SRIOV, vf + 1, NULL, 0, 0);
}

/* A set of pages, by their addresses */
struct pages {
	uint64_t at[16];
	unsigned int count;
};

static void add_page(struct pages *pages, uint64_t addr)
{
	addr &= ~(uint64_t)(PAGE - 1);
	for (unsigned int i = 0; i < pages->count; i++)
		if (pages->at[i] == addr)
			return;
	pages->at[pages->count++] = addr;
}

static bool has_page(const struct pages *pages, uint64_t addr)
{
	for (unsigned int i = 0; i < pages->count; i++)
		if (pages->at[i] == addr)
			return true;
	return false;
}

/* The log has these, and no other; it is empty afterwards. */
static void expect_pages(struct card *card, unsigned int vf, const struct pages *pages)
{
	struct answer answer = read_at(card, vf, 0, RAM_END, BITS_LEN);

	expect_ok(answer);
	g_assert_cmpuint(answer.used, ==, ANSWER_RESULT + BITS_LEN);
	for (uint64_t page = 0; page < RAM_PAGES; page++) {
		bool set = answer.raw[ANSWER_RESULT + page / 8] & 1 << page % 8;

		if (set != has_page(pages, page * PAGE))
			g_error("page %#" PRIx64 " is %s", page * PAGE,
				set ? "logged and was not written" : "written and not logged");
	}
}

static void expect_nothing(struct card *card, unsigned int vf)
{
	static const struct pages none;

	expect_pages(card, vf, &none);
}

/* --- the commands --- */

static void identity(struct card *card)
{
	struct answer answer;
	const uint8_t *result = answer.raw + ANSWER_RESULT;

	in_use(card);
	answer = admin(card, LOG_IDENTITY, SRIOV, 1, NULL, 0, 64);
	expect_ok(answer);
	g_assert_cmpuint(answer.used, ==, ANSWER_RESULT + ID_LEN);
	g_assert(!memcmp(result + ID_MAGIC, "VVDL", 4));
	g_assert_cmpuint(lduw_le_p(result + ID_VERSION), ==, 1);
	g_assert_cmpuint(lduw_le_p(result + ID_RANGES), ==, 16);
	g_assert_cmphex(ldl_le_p(result + ID_SIZES), ==, 0x3ff000);
	g_assert_cmpuint(ldl_le_p(result + ID_WINDOW), ==, 1 << 20);
	g_assert_cmpuint(ldq_le_p(result + ID_PAGES), ==, 1 << 28);
	/* of a member */
	expect_status(admin(card, LOG_IDENTITY, SRIOV, 0, NULL, 0, 64), EINVAL_, Q_INVALID_MEMBER);
	expect_status(admin(card, LOG_IDENTITY, SELF, 0, NULL, 0, 64), EINVAL_, Q_INVALID_OPCODE);
}

static void has_to_be_in_use(struct card *card)
{
	struct answer list = admin(card, LIST_QUERY, SRIOV, 0, NULL, 0, 24);

	expect_ok(list);
	g_assert_cmpuint(list.used, ==, ANSWER_RESULT + 16);
	g_assert_cmphex(ldq_le_p(list.raw + ANSWER_RESULT + 8), ==, 0xfull << (BASE - 64));
	for (unsigned int i = 0; i < 4; i++)
		expect_status(admin(card, BASE + i, SRIOV, 1, NULL, 0, 64), EINVAL_,
			      Q_INVALID_OPCODE);
	in_use(card);
	expect_ok(admin(card, LOG_IDENTITY, SRIOV, 1, NULL, 0, 64));
}

/* A card without the property is one of the specification. */
static void absent(struct card *card)
{
	uint64_t words[2] = { cpu_to_le64(sriov_commands(card)), cpu_to_le64(1ull << (BASE - 64)) };
	struct answer list = admin(card, LIST_QUERY, SRIOV, 0, NULL, 0, 24);

	g_assert_cmpuint(list.used, ==, ANSWER_RESULT + 8);
	expect_status(admin(card, LIST_USE, SRIOV, 0, words, sizeof(words), 0), EINVAL_,
		      Q_INVALID_FIELD);
	expect_status(admin(card, LOG_IDENTITY, SRIOV, 1, NULL, 0, 64), EINVAL_, Q_INVALID_OPCODE);
}

static void start_bad(struct card *card)
{
	static const struct {
		uint8_t shift;
		uint16_t count;
		uint64_t ranges[4];
		size_t cut;
		uint16_t status;
	} bad[] = {
		{ 11, 1, { 0, PAGE }, 0, EINVAL_ },
		{ 22, 1, { 0, 1 << 22 }, 0, EINVAL_ },
		{ 0, 1, { 0, PAGE }, 0, EINVAL_ },
		{ 255, 1, { 0, PAGE }, 0, EINVAL_ },
		{ 12, 0, {}, 0, EINVAL_ },
		{ 12, 17, {}, 0, EINVAL_ },
		{ 12, 0xffff, {}, 0, EINVAL_ },
		{ 12, 1, { 0, 0 }, 0, EINVAL_ },
		{ 12, 1, { 0, PAGE - 1 }, 0, EINVAL_ },
		{ 12, 1, { 1, PAGE }, 0, EINVAL_ },
		{ 13, 1, { PAGE, 2 * PAGE }, 0, EINVAL_ },
		{ 12, 1, { 0 - (uint64_t)PAGE, 2 * PAGE }, 0, EINVAL_ },
		{ 12, 1, { 0, PAGE }, 1, EINVAL_ },
		{ 12, 2, { 0, PAGE, 0, PAGE }, 0, EINVAL_ },
		{ 12, 2, { PAGE, 2 * PAGE, 0, 2 * PAGE }, 0, EINVAL_ },
		{ 12, 1, { 0, ((1ull << 28) + 1) << 12 }, 0, ENOSPC_ },
		{ 12, 2, { 0, 1ull << 40, 1ull << 40, PAGE }, 0, ENOSPC_ },
	};
	static const uint64_t zeroes[40];
	uint8_t reserved[START_RANGES + 16] = { 12, 1, 1 };

	in_use(card);
	start_all(card, 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		expect_status(start_raw(card, 0, bad[i].shift,
					bad[i].count > 2 ? zeroes : bad[i].ranges, bad[i].count,
					bad[i].cut), bad[i].status,
			      bad[i].status == ENOSPC_ ? Q_NORESOURCE : Q_INVALID_FIELD);
	expect_status(admin(card, LOG_START, SRIOV, 1, reserved, sizeof(reserved), 0), EINVAL_,
		      Q_INVALID_FIELD);
	/* what ran still does */
	expect_nothing(card, 0);
	/* the last page there is, and the most pages */
	expect_ok(start_raw(card, 0, 12, (uint64_t[]){ 0 - (uint64_t)PAGE, PAGE }, 1, 0));
	expect_ok(start_raw(card, 0, 21, (uint64_t[]){ 0, 1ull << 49 }, 1, 0));
	expect_ok(stop(card, 0));
}

static void read_bad(struct card *card)
{
	static const uint64_t two[] = { 16 * PAGE, 16 * PAGE, 32 * PAGE, 16 * PAGE };
	static const uint64_t bad[][2] = {
		{ 15 * PAGE, PAGE }, { 48 * PAGE, PAGE }, { 16 * PAGE, 0 }, { 16 * PAGE, 1 },
		{ 16 * PAGE + 1, PAGE }, { 16 * PAGE, 17 * PAGE }, { 0, 64 * PAGE },
		{ 47 * PAGE, 2 * PAGE }, { 16 * PAGE, 0 - (uint64_t)PAGE },
		{ 0 - (uint64_t)PAGE, 2 * PAGE },
	};

	in_use(card);
	expect_status(read_at(card, 0, 16 * PAGE, PAGE, 1), ENXIO_, Q_INVALID_COMMAND);
	expect_ok(start_raw(card, 0, 12, two, 2, 0));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		expect_status(read_at(card, 0, bad[i][0], bad[i][1], 64), EINVAL_, Q_INVALID_FIELD);
	expect_status(admin(card, LOG_READ, SRIOV, 1, NULL, 0, 64), EINVAL_, Q_INVALID_FIELD);
	expect_ok(read_at(card, 0, 16 * PAGE, 16 * PAGE, 2));
	/* another VF has none */
	expect_status(read_at(card, 1, 16 * PAGE, PAGE, 1), ENXIO_, Q_INVALID_COMMAND);
	expect_ok(stop(card, 0));
	expect_ok(stop(card, 0));
	expect_status(read_at(card, 0, 16 * PAGE, PAGE, 1), ENXIO_, Q_INVALID_COMMAND);
}

/* --- what is written --- */

/* A request: its pages are added. Of a NIC, a frame that is sent: only the ring is written. */
static void offer(struct victim *victim, struct pages *pages)
{
	uint64_t data, status;

	if (victim->card->options.blk) {
		blk_read(&victim->ring, &data, &status);
		add_page(pages, data);
		add_page(pages, data + 511);
		add_page(pages, status);
	} else {
		victim_offer_good(victim);
	}
	add_page(pages, victim->ring.used);
}

static void request(struct victim *victim, struct pages *pages)
{
	offer(victim, pages);
	victim->kick(victim);
	g_assert(ring_wait(&victim->ring));
}

static void requests(struct victim victim)
{
	struct card *card = victim.card;

	in_use(card);
	victim.start(&victim);
	victim.works(&victim);
	start_all(card, 0);
	for (unsigned int i = 0; i < 5; i++) {
		struct pages pages = {};

		expect_nothing(card, 0);
		for (unsigned int n = 0; n < 3; n++)
			request(&victim, &pages);
		expect_pages(card, 0, &pages);
	}
	expect_ok(stop(card, 0));
	victim.works(&victim);
}

static void modern(struct card *card)
{
	requests(vf_modern_victim(card));
}

static void legacy(struct card *card)
{
	requests(vf_legacy_victim(card));
}

/* The queue's areas are a page each, the used part three pages: its last 16 bits are alone. */
static void event_index(struct card *card)
{
	struct victim victim = vf_modern_victim(card);
	struct pages pages = {};

	in_use(card);
	modern_begin(&victim.func, F_VERSION_1 | F_PLATFORM | F_EVENT_IDX);
	victim.ring = ring_modern(&victim.func, data_queue(card), 1024, NO_VECTOR);
	modern_driver_ok(&victim.func);
	start_all(card, 0);
	request(&victim, &pages);
	add_page(&pages, victim.ring.used + 4 + 8 * 1024);
	expect_pages(card, 0, &pages);
}

/* Descriptors are written where the driver made them, event suppression beside them. */
static void packed(struct card *card)
{
	struct victim victim = vf_modern_victim(card);
	struct ring *ring = &victim.ring;
	uint8_t frame[12 + 60] = { [12] = 2 };
	struct pages pages = {};

	in_use(card);
	modern_begin(&victim.func, F_VERSION_1 | F_PLATFORM | F_PACKED | F_EVENT_IDX);
	*ring = ring_modern(&victim.func, data_queue(card), 512, NO_VECTOR);
	modern_driver_ok(&victim.func);
	start_all(card, 0);
	ring_desc(ring, 0, card_fill(card, frame, sizeof(frame)), sizeof(frame), 0, 1 << 7);
	/* of a packed descriptor the id comes before the flags */
	qtest_writew(card->qts, ring->desc + 12, 7);
	qtest_writew(card->qts, ring->desc + 14, 1 << 7);
	ring_kick(ring);
	card_step(card, 1000);
	g_assert_cmphex(qtest_readw(card->qts, ring->desc + 14) & 0x8080, ==, 0x8080);
	add_page(&pages, ring->desc);
	add_page(&pages, ring->used);
	expect_pages(card, 0, &pages);
}

/* A frame arrives from another VF; a command of the control queue is acknowledged. */
static void received(struct card *card)
{
	struct victim to = vf_modern_victim(card), from = to;
	uint8_t frame[12 + 60] = {};
	struct ring control;
	struct pages pages = {};
	struct buf bufs[3];
	uint64_t at;

	in_use(card);
	from.func = vf_open(card, 1);
	from.start(&from);
	modern_begin(&to.func, F_VERSION_1 | F_PLATFORM | NET_F_CTRL_VQ | NET_F_CTRL_RX);
	to.ring = ring_modern(&to.func, 0, 64, NO_VECTOR);
	control = ring_modern(&to.func, 2, 64, NO_VECTOR);
	modern_driver_ok(&to.func);
	at = card_ram(card, 4 * PAGE, PAGE);
	ring_add(&to.ring, &(struct buf){ at, 4 * PAGE, true }, 1);
	ring_kick(&to.ring);
	card_step(card, 1000);
	start_all(card, 0);

	memset(frame + 12, 0xff, 6);
	frame[12 + 6] = 2;
	bufs[0] = (struct buf){ card_fill(card, frame, sizeof(frame)), sizeof(frame), false };
	ring_add(&from.ring, bufs, 1);
	ring_kick(&from.ring);
	g_assert(ring_wait(&from.ring));
	g_assert(ring_wait(&to.ring));
	/* not the three pages behind it */
	add_page(&pages, at);
	add_page(&pages, to.ring.used);
	expect_pages(card, 0, &pages);
	expect_status(read_at(card, 1, 0, PAGE, 1), ENXIO_, Q_INVALID_COMMAND);

	at = card_ram(card, PAGE, PAGE);
	bufs[0] = (struct buf){ card_fill(card, (uint8_t[]){ NET_RX, 0 }, 2), 2, false };
	bufs[1] = (struct buf){ card_fill(card, (uint8_t[]){ 1 }, 1), 1, false };
	bufs[2] = (struct buf){ at, 1, true };
	ring_add(&control, bufs, 3);
	ring_kick(&control);
	g_assert(ring_wait(&control));
	pages.count = 0;
	add_page(&pages, at);
	add_page(&pages, control.used);
	expect_pages(card, 0, &pages);
}

/* Taken before the start and given back after it */
static void in_flight(struct card *card)
{
	struct victim victim = vf_modern_victim(card);
	struct pages pages = {};

	in_use(card);
	victim.start(&victim);
	card_set(card, "faults", "vf0:hold");
	offer(&victim, &pages);
	victim.kick(&victim);
	start_all(card, 0);
	expect_nothing(card, 0);
	card_set(card, "faults", "");
	g_assert(ring_wait(&victim.ring));
	expect_pages(card, 0, &pages);
}

/* --- reports --- */

/* Only the window is cleared; without room for it nothing is. */
static void windows(struct card *card)
{
	struct victim victim = vf_modern_victim(card);
	struct answer answer;
	struct pages pages = {};
	uint64_t used;

	in_use(card);
	victim.start(&victim);
	start_all(card, 0);
	request(&victim, &pages);
	used = victim.ring.used & ~(uint64_t)(PAGE - 1);
	expect_status(read_at(card, 0, 0, RAM_END, BITS_LEN - 1), ENOMEM_, Q_INVALID_COMMAND);
	expect_status(read_at(card, 0, used, PAGE, 0), ENOMEM_, Q_INVALID_COMMAND);
	expect_pages(card, 0, &pages);
	request(&victim, &pages);
	/* the bit of a window's first page is bit 0 */
	answer = read_at(card, 0, used, PAGE, 1);
	expect_ok(answer);
	g_assert_cmphex(answer.raw[ANSWER_RESULT], ==, 1);
	answer = read_at(card, 0, used - 3 * PAGE, 9 * PAGE, 8);
	expect_ok(answer);
	g_assert_cmpuint(answer.used, ==, ANSWER_RESULT + 2);
	g_assert_cmphex(answer.raw[ANSWER_RESULT] & 1 << 3, ==, 0);
}

static void large_pages(struct card *card)
{
	struct victim victim = vf_modern_victim(card);
	struct pages pages = {};
	struct answer answer;
	uint32_t want = 0;

	in_use(card);
	victim.start(&victim);
	expect_ok(start_raw(card, 0, 21, (uint64_t[]){ 0, RAM_END }, 1, 0));
	request(&victim, &pages);
	for (unsigned int i = 0; i < pages.count; i++)
		want |= 1u << (pages.at[i] >> 21);
	answer = read_at(card, 0, 0, RAM_END, 64);
	expect_ok(answer);
	g_assert_cmpuint(answer.used, ==, ANSWER_RESULT + 4);
	g_assert_cmphex(ldl_le_p(answer.raw + ANSWER_RESULT), ==, want);
}

/* A STOP that never came is no reason to refuse: a new log, empty. */
static void started_again(struct card *card)
{
	struct victim victim = vf_modern_victim(card);
	struct pages pages = {};

	in_use(card);
	victim.start(&victim);
	for (unsigned int i = 0; i < 3; i++) {
		start_all(card, 0);
		request(&victim, &pages);
	}
	start_all(card, 0);
	expect_nothing(card, 0);
	pages.count = 0;
	request(&victim, &pages);
	expect_pages(card, 0, &pages);
}

static void both(struct card *card)
{
	struct victim one = vf_modern_victim(card), other = one;
	struct pages ones = {}, others = {};

	in_use(card);
	other.func = vf_open(card, 1);
	one.start(&one);
	other.start(&other);
	start_all(card, 0);
	start_all(card, 1);
	request(&one, &ones);
	request(&other, &others);
	request(&one, &ones);
	expect_pages(card, 1, &others);
	expect_ok(stop(card, 1));
	expect_pages(card, 0, &ones);
	/* a stopped device's log is read as any */
	ones.count = 0;
	request(&one, &ones);
	expect_ok(mode_set(card, 0, STOPPED));
	expect_pages(card, 0, &ones);
	expect_nothing(card, 0);
}

/* --- what ends it --- */

static void expect_none(struct card *card)
{
	expect_status(read_at(card, 0, 0, PAGE, 1), ENXIO_, Q_INVALID_COMMAND);
}

static void ends(struct card *card)
{
	struct victim victim = vf_modern_victim(card);
	struct pages pages = {};

	in_use(card);
	start_all(card, 0);
	/* the VF's driver resets its device when it likes: the log is not its */
	victim.start(&victim);
	request(&victim, &pages);
	common_put8(&victim.func, COMMON_STATUS, 0);
	expect_pages(card, 0, &pages);
	func_flr(&victim.func);
	expect_none(card);
	start_all(card, 0);
	vfs_set(card, 0);
	vfs_set(card, card->vfs);
	in_use(card);
	expect_none(card);
	start_all(card, 0);
	pf_start(card, F_VERSION_1 | F_PLATFORM | F_SR_IOV | F_ADMIN_VQ, 0);
	in_use(card);
	expect_none(card);
	start_all(card, 0);
	func_flr(&card->pf);
	card_alive(card);
}

static const struct row log_rows[] = {
	{ "identity", LOG, TYPES | BOTH, GROUP, identity, .args = ARGS },
	{ "has-to-be-in-use", LOG, NET | BOTH, GROUP, has_to_be_in_use, .args = ARGS },
	{ "absent", LOG, NET | BOTH, GROUP, absent },
	{ "start-bad", LOG, NET | STRICT, GROUP, start_bad, .args = ARGS },
	{ "read-bad", LOG, NET | STRICT, GROUP, read_bad, .args = ARGS },
	{ "modern", LOG, TYPES | STRICT, GROUP, modern, .args = ARGS },
	{ "legacy", LOG, TYPES | STRICT, GROUP, legacy, .args = ARGS },
	{ "event-index", LOG, TYPES | STRICT, GROUP, event_index, .args = ARGS },
	{ "packed", LOG, NET | STRICT, GROUP, packed, .args = ARGS ",packed=on" },
	{ "received", LOG, NET | STRICT, GROUP, received, .args = ARGS },
	{ "in-flight", LOG, TYPES | STRICT, GROUP, in_flight, .args = ARGS },
	{ "windows", LOG, TYPES | STRICT, GROUP, windows, .args = ARGS },
	{ "large-pages", LOG, TYPES | STRICT, GROUP, large_pages, .args = ARGS },
	{ "started-again", LOG, TYPES | STRICT, GROUP, started_again, .args = ARGS },
	{ "both", LOG, TYPES | STRICT, GROUP, both, .args = ARGS },
	{ "ends", LOG, TYPES | STRICT, GROUP, ends, .args = ARGS },
};

FAMILY(log);
