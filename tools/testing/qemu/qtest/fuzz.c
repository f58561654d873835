// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random registers, rings, commands, faults and resets at PF and VFs.
 *
 * usage: card-fuzz [-t SECONDS] [-s SEED] [-n EPISODES]
 * QTEST_QEMU_BINARY is the emulator; one with sanitizers finds most.
 *
 * An episode is one emulator and a few thousand steps that follow from its seed
 * alone: -s SEED -n 1 does a failed one again. An episode fails when the
 * emulator ends or stops answering.
 */
#include "driver.h"
#include <sys/prctl.h>
#include <sys/wait.h>

#define STEPS		2500
#define LIMIT_S		150
#define VFS		4

/* What a function is when it was set up; wild writes may move it. */
struct target {
	struct func func;
	struct ring ring;
};

struct fuzz {
	GRand *rand;
	struct card card;
	struct target targets[1 + VFS];	/* the PF first */
	uint16_t admin_index;
	bool logs;			/* the card has a DMA write log */
};

/* Where it has the log's four commands: in the list's first word */
#define LOG_START	(MODE_SET + 2)
#define LOG_READ	(MODE_SET + 3)
#define LOG_END		(MODE_SET + 5)
#define LOG_COMMANDS	(0xfu << (MODE_SET + 1))

static uint32_t below(struct fuzz *fuzz, uint32_t end)
{
	return g_rand_int_range(fuzz->rand, 0, end);
}

static uint64_t any_value(struct fuzz *fuzz)
{
	static const uint64_t special[] = {
		0, 1, 2, 3, 4, 7, 8, 0xf, 0x3f, 0x40, 0x80, 0xff, 0x100, 0x3ff, 0x400, 0x7fff,
		0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff, UINT64_MAX,
	};

	switch (below(fuzz, 4)) {
	case 0:
		return special[below(fuzz, ARRAY_SIZE(special))];
	case 1:
		return below(fuzz, 16);
	case 2:
		return 1ull << below(fuzz, 64);
	default:
		return g_rand_int(fuzz->rand) | (uint64_t)g_rand_int(fuzz->rand) << 32;
	}
}

static uint64_t any_addr(struct fuzz *fuzz)
{
	struct func *func = &fuzz->targets[below(fuzz, 1 + VFS)].func;

	switch (below(fuzz, 8)) {
	case 0:
		return any_value(fuzz);
	case 1:
		return NOWHERE + below(fuzz, 8192);
	case 2:
		return func->common + below(fuzz, 0x5000);
	case 3:
		return RAM_END - below(fuzz, 64);
	default:
		return RAM_BASE + below(fuzz, 0x100000);
	}
}

static struct target *any_target(struct fuzz *fuzz)
{
	return &fuzz->targets[below(fuzz, 3) ? 0 : 1 + below(fuzz, VFS)];
}

static void put(struct fuzz *fuzz, uint64_t addr, uint64_t value)
{
	QTestState *qts = fuzz->card.qts;

	switch (below(fuzz, 4)) {
	case 0:
		qtest_writeb(qts, addr, value);
		break;
	case 1:
		qtest_writew(qts, addr, value);
		break;
	case 2:
		qtest_writeq(qts, addr, value);
		break;
	default:
		qtest_writel(qts, addr, value);
	}
}

/* --- steps --- */

static void step_common(struct fuzz *fuzz)
{
	put(fuzz, any_target(fuzz)->func.common + below(fuzz, 66), any_value(fuzz));
}

static void step_bar(struct fuzz *fuzz)
{
	struct func *func = &any_target(fuzz)->func;
	uint64_t at = below(fuzz, 8) ? func->bar[4] + below(fuzz, 0x9000) :
		      func->bar[1] + below(fuzz, 0x1000);

	if (below(fuzz, 2))
		put(fuzz, at, any_value(fuzz));
	else
		qtest_readl(fuzz->card.qts, at & ~3ull);
}

static void step_doorbell(struct fuzz *fuzz)
{
	struct target *target = any_target(fuzz);

	qtest_writew(fuzz->card.qts, below(fuzz, 4) ? target->ring.doorbell :
		     target->func.notify + 4 * below(fuzz, 8), any_value(fuzz));
}

static void step_config(struct fuzz *fuzz)
{
	struct func *func = &any_target(fuzz)->func;
	unsigned int at = below(fuzz, 2) ? below(fuzz, 256) : PCI_EXTENDED + below(fuzz, 256);

	/* BARs stay where they are, or nothing would be hit any more */
	if (at >= PCI_BAR && at < PCI_BAR + 24)
		return;
	if (at >= 0x140 + SRIOV_BAR && at < 0x140 + SRIOV_BAR + 24)
		return;
	cfg_put8(func, at, any_value(fuzz));
	cfg32(func, at & ~3u);
}

static void step_window(struct fuzz *fuzz)
{
	struct func *func = &any_target(fuzz)->func;
	static const uint32_t lengths[] = { 1, 2, 4, 4, 8, 3, 0 };
	unsigned int cap = cfg_virtio_cap(func, VCAP_PCI);

	if (!cap)
		return;
	cfg_put8(func, cap + VCAP_BAR, below(fuzz, 6) ? 4 : any_value(fuzz));
	cfg_put32(func, cap + VCAP_OFFSET, below(fuzz, 4) ? below(fuzz, 0x9000) : any_value(fuzz));
	cfg_put32(func, cap + VCAP_LENGTH, lengths[below(fuzz, ARRAY_SIZE(lengths))]);
	if (below(fuzz, 2))
		cfg_put32(func, cap + VCAP_DATA, any_value(fuzz));
	else
		cfg32(func, cap + VCAP_DATA);
}

static void step_vfs(struct fuzz *fuzz)
{
	static const uint8_t counts[] = { 0, 1, 2, VFS, VFS, VFS + 1 };

	cfg_put16(&fuzz->card.pf, PCI_CMD, PCI_CMD_MEMORY | PCI_CMD_MASTER);
	vfs_set(&fuzz->card, counts[below(fuzz, ARRAY_SIZE(counts))]);
}

static void step_flr(struct fuzz *fuzz)
{
	struct func *func = &any_target(fuzz)->func;

	func_flr(func);
	if (func == &fuzz->targets[0].func) {
		for (unsigned int i = 0; i < 6; i++)
			if (func->bar_size[i])
				cfg_put32(func, PCI_BAR + 4 * i, func->bar[i]);
	}
	cfg_put16(func, PCI_CMD, PCI_CMD_MEMORY | PCI_CMD_MASTER);
}

/* From reset to DRIVER_OK, with queues that are there, whatever the registers say. */
static void step_start(struct fuzz *fuzz)
{
	struct target *target = any_target(fuzz);
	struct func *func = &target->func;
	bool pf = target == fuzz->targets;
	uint64_t features = F_VERSION_1 | F_PLATFORM | (pf ? F_SR_IOV | F_ADMIN_VQ : 0) |
			    (below(fuzz, 2) ? F_INDIRECT : 0) | (below(fuzz, 2) ? F_EVENT_IDX : 0) |
			    (below(fuzz, 2) ? F_RING_RESET : 0) |
			    (!pf && !below(fuzz, 3) ? F_PACKED : 0);
	uint16_t queue = pf && below(fuzz, 4) ? common16(func, COMMON_ADMIN_INDEX) : below(fuzz, 3);

	cfg_put16(func, PCI_CMD, PCI_CMD_MEMORY | PCI_CMD_MASTER);
	common_put8(func, COMMON_STATUS, 0);
	common_put8(func, COMMON_STATUS, ACKNOWLEDGE | DRIVER);
	common_put32(func, COMMON_DRIVER_FEATURE_SELECT, 0);
	common_put32(func, COMMON_DRIVER_FEATURE, features);
	common_put32(func, COMMON_DRIVER_FEATURE_SELECT, 1);
	common_put32(func, COMMON_DRIVER_FEATURE, features >> 32);
	common_put8(func, COMMON_STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
	target->ring = ring_new(func, queue, 1u << (1 + below(fuzz, 6)));
	ring_enable(&target->ring, below(fuzz, 2) ? below(fuzz, 5) : NO_VECTOR);
	modern_driver_ok(func);
	if (fuzz->card.free_ram > RAM_END / 2)
		fuzz->card.free_ram = RAM_BASE;
}

static void step_desc(struct fuzz *fuzz)
{
	struct ring *ring = &any_target(fuzz)->ring;

	if (!ring->size)
		return;
	ring_desc(ring, below(fuzz, ring->size), any_addr(fuzz),
		  below(fuzz, 4) ? below(fuzz, 128) : any_value(fuzz), below(fuzz, 9),
		  below(fuzz, ring->size + 1));
}

static void step_offer(struct fuzz *fuzz)
{
	struct ring *ring = &any_target(fuzz)->ring;

	if (!ring->size)
		return;
	ring_offer(ring, below(fuzz, ring->size + (below(fuzz, 8) ? 0 : 2)));
	ring_kick(ring);
}

static uint64_t sriov_mask(struct fuzz *fuzz)
{
	return ALL_COMMANDS | PARTS_COMMANDS | (fuzz->logs ? LOG_COMMANDS : 0);
}

/* A command that is mostly right. */
static void step_command(struct fuzz *fuzz)
{
	struct target *target = fuzz->targets;
	uint8_t cmd[CMD_DATA + 64];
	struct buf bufs[2];
	size_t len;

	if (target->ring.size < 2)
		return;
	for (size_t i = 0; i < sizeof(cmd); i++)
		cmd[i] = below(fuzz, 4) ? 0 : any_value(fuzz);
	stw_le_p(cmd + CMD_OPCODE, below(fuzz, 16) ? below(fuzz, LOG_END) : any_value(fuzz));
	stw_le_p(cmd + CMD_GROUP, below(fuzz, 16) ? below(fuzz, 3) : any_value(fuzz));
	stq_le_p(cmd + CMD_MEMBER, below(fuzz, 16) ? below(fuzz, VFS + 2) : any_value(fuzz));
	if (below(fuzz, 3))
		cmd[CMD_DATA] = lduw_le_p(cmd) == LIST_USE ? 0x7f : below(fuzz, 28);
	if (lduw_le_p(cmd) == LIST_USE && below(fuzz, 4))
		stq_le_p(cmd + CMD_DATA, lduw_le_p(cmd + CMD_GROUP) == SRIOV ?
			 sriov_mask(fuzz) : LIST_COMMANDS | CAP_COMMANDS);
	len = below(fuzz, 3) ? CMD_DATA + 8 + below(fuzz, 9) : 1 + below(fuzz, sizeof(cmd));
	bufs[0] = (struct buf){ card_fill(&fuzz->card, cmd, len), len, false };
	bufs[1] = (struct buf){ card_ram(&fuzz->card, 256, 16), 1 + below(fuzz, 100), true };
	ring_add(&target->ring, bufs, 2);
	ring_kick(&target->ring);
	if (fuzz->card.free_ram > RAM_END / 2)
		fuzz->card.free_ram = RAM_BASE;
}

/* --- device parts: a state that one VF has, spoiled, for another --- */

#define OBJECT 7

static struct answer try_command(struct fuzz *fuzz, uint16_t opcode, uint16_t group,
				 uint64_t member, const void *data, size_t len, uint32_t room)
{
	struct card *card = &fuzz->card;
	struct answer answer = { .status = 0xffff };
	struct sent sent;
	uint32_t id, used;

	card->admin.next_used = qtest_readw(card->qts, card->admin.used + 2);
	sent = admin_send(card, opcode, group, member, data, len, room);
	/* faults may make it late, or two of it */
	for (unsigned int tries = 0; tries < 4 && ring_take(&card->admin, &id, &used); tries++)
		if (id == sent.head)
			answer = admin_answer(card, &sent, MIN(used, sent.room));
	return answer;
}

/* As it is on the wire: the header of an object, 8 bytes more, bytes of parts */
static void any_parts(struct fuzz *fuzz, uint8_t *bytes, size_t len)
{
	static const uint16_t types[] = { PART_DEV_FEATURES, PART_DRV_FEATURES, PART_COMMON,
					  PART_STATUS, PART_QUEUE, PART_NOTIFY, PART_CVQ,
					  PART_OWN, 0 };

	for (unsigned int i = below(fuzz, 4); i--;) {
		size_t at = below(fuzz, len);

		bytes[at] = any_value(fuzz);
	}
	if (below(fuzz, 4) || len < PART_HEADER)
		return;
	stw_le_p(bytes + PART_TYPE, types[below(fuzz, ARRAY_SIZE(types))]);
	stl_le_p(bytes + PART_LENGTH, below(fuzz, 2) ? len - PART_HEADER : any_value(fuzz));
}

/* The PF's driver takes them all in use, of both groups. */
static bool parts_begin(struct fuzz *fuzz)
{
	uint64_t self = cpu_to_le64(LIST_COMMANDS | CAP_COMMANDS);
	uint64_t sriov = cpu_to_le64(sriov_mask(fuzz));
	struct ring *ring = &fuzz->targets[0].ring;

	if (ring->size < 4 || ring->index != fuzz->admin_index)
		return false;
	fuzz->card.admin = *ring;
	return try_command(fuzz, LIST_USE, SELF, 0, &self, sizeof(self), 0).status == OK &&
	       try_command(fuzz, LIST_USE, SRIOV, 0, &sriov, sizeof(sriov), 0).status == OK;
}

static void commands_end(struct fuzz *fuzz)
{
	if (fuzz->card.admin.desc == fuzz->targets[0].ring.desc)
		fuzz->targets[0].ring = fuzz->card.admin;
	if (fuzz->card.free_ram > RAM_END / 2)
		fuzz->card.free_ram = RAM_BASE;
}

/* A log of one range or a few, and a part of it that is read */
static void step_log(struct fuzz *fuzz)
{
	uint64_t member = 1 + below(fuzz, VFS), start = below(fuzz, 1000), len = below(fuzz, 20000);
	uint64_t words[1 + 2 * 3] = { 12 | (1 + below(fuzz, 3)) << 16 };

	if (!fuzz->logs || !parts_begin(fuzz))
		goto end;
	for (unsigned int i = 1; i < ARRAY_SIZE(words); i += 2) {
		words[i] = (start + i * 20000) << 12;
		words[i + 1] = len << 12;
	}
	if (!below(fuzz, 4))
		words[below(fuzz, ARRAY_SIZE(words))] = any_value(fuzz);
	for (unsigned int i = 0; i < ARRAY_SIZE(words); i++)
		words[i] = cpu_to_le64(words[i]);
	if (below(fuzz, 2))
		try_command(fuzz, LOG_START, SRIOV, member, words, 8 + below(fuzz, 49), 0);
	for (unsigned int i = 0; i < 3; i++) {
		words[1] = cpu_to_le64((start + below(fuzz, 100)) << 12);
		words[2] = cpu_to_le64(below(fuzz, 8) ? below(fuzz, len + 1) << 12 : any_value(fuzz));
		try_command(fuzz, LOG_READ, SRIOV, member, words + 1, 16,
			    below(fuzz, ANSWER_MAX - ANSWER_RESULT));
	}
end:
	commands_end(fuzz);
}

static void step_parts(struct fuzz *fuzz)
{
	static const uint8_t limits[CAP_DATA + 2] = { [CAP_DATA] = 255, 255 };
	uint8_t own[CAP_DATA + 8] = { 0xff, 7, [CAP_DATA] = 'V', 'V', 'P', 'S', 1 };
	uint8_t data[ANSWER_MAX + OBJ_DATA] = { [OBJ_ID] = OBJECT, [OBJ_HEADER] = GET_ALL };
	uint64_t from = 1 + below(fuzz, VFS), to = 1 + below(fuzz, VFS);
	uint8_t stopped = STOPPED, on = 0;
	struct answer answer;
	size_t len;

	if (!parts_begin(fuzz))
		goto end;
	try_command(fuzz, CAP_SET, SELF, 0, limits, sizeof(limits), 0);
	if (below(fuzz, 2))
		try_command(fuzz, CAP_SET, SELF, 0, own, sizeof(own), 0);
	try_command(fuzz, OBJ_CREATE, SRIOV, from, (uint8_t[OBJ_DATA]){ [OBJ_ID] = OBJECT },
		    OBJ_DATA, 0);
	if (below(fuzz, 2))
		try_command(fuzz, MODE_SET, SRIOV, from, &stopped, 1, 0);
	answer = try_command(fuzz, PARTS_GET, SRIOV, from, data, 16, ANSWER_MAX - ANSWER_RESULT);
	try_command(fuzz, OBJ_DESTROY, SRIOV, from, data, OBJ_HEADER, 0);
	if (answer.status == OK && answer.used > ANSWER_RESULT) {
		len = answer.used - ANSWER_RESULT;
		memcpy(data + OBJ_HEADER, answer.raw + ANSWER_RESULT, len);
		any_parts(fuzz, data + OBJ_HEADER, len);
		try_command(fuzz, OBJ_CREATE, SRIOV, to,
			    (uint8_t[OBJ_DATA]){ [OBJ_ID] = OBJECT, [OBJ_KIND] = FOR_SET },
			    OBJ_DATA, 0);
		try_command(fuzz, MODE_SET, SRIOV, to, &stopped, 1, 0);
		try_command(fuzz, PARTS_SET, SRIOV, to, data, OBJ_HEADER + len, 0);
		try_command(fuzz, OBJ_DESTROY, SRIOV, to, data, OBJ_HEADER, 0);
	}
	if (below(fuzz, 4))
		try_command(fuzz, MODE_SET, SRIOV, below(fuzz, 2) ? from : to, &on, 1, 0);
end:
	commands_end(fuzz);
}

static void step_time(struct fuzz *fuzz)
{
	card_step(&fuzz->card, 1 + below(fuzz, 3000));
}

static void step_faults(struct fuzz *fuzz)
{
	static const char *const texts[] = {
		"", "", "", "all:mute", "vf0:reorder;vf1:late-us=5", "all:late-ms=1",
		"vf0:short-used=3", "all:eagain-once", "pf:long-list", "vf0:gone", "pf:gone",
		"all:mode-late-ms=1", "vf0:parts=cut;vf1:parts=doubled", "all:only=16;all:mute",
		"vf0:parts=reordered;vf1:parts=unknown;vf2:parts=foreign", "all:twice", "all:eagain-ms=1", "all:hold", "vf1:hold;pf:twice",
		"vf0:notify=both;vf1:notify=none", "all:reorder", "pf:notify=none;vf2:status=9999",
	};

	card_set(&fuzz->card, "faults", texts[below(fuzz, ARRAY_SIZE(texts))]);
	card_set_number(&fuzz->card, "latency-us", below(fuzz, 2) ? 0 : below(fuzz, 50));
	if (!below(fuzz, 4))
		card_set(&fuzz->card, "personality", below(fuzz, 2) ? "strict" : "tolerant");
}

struct step {
	unsigned int weight;
	void (*run)(struct fuzz *fuzz);
};

static const struct step steps[] = {
	{ 20, step_common }, { 6, step_bar }, { 10, step_doorbell }, { 4, step_config },
	{ 2, step_window }, { 2, step_vfs }, { 1, step_flr }, { 4, step_start },
	{ 12, step_desc }, { 10, step_offer }, { 25, step_command }, { 6, step_time },
	{ 2, step_faults }, { 4, step_parts }, { 4, step_log },
};

static void any_step(struct fuzz *fuzz)
{
	unsigned int total = 0, at;

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		total += steps[i].weight;
	at = below(fuzz, total);
	for (size_t i = 0;; i++) {
		if (at < steps[i].weight) {
			steps[i].run(fuzz);
			return;
		}
		at -= steps[i].weight;
	}
}

/* --- episodes --- */

static void episode(uint32_t seed)
{
	struct fuzz *fuzz = g_new0(struct fuzz, 1);
	struct card *card = &fuzz->card;
	static const char *const args[2][2] = {
		{ "", ",dirty-log=18" }, { ",packed=on", ",packed=on,dirty-log=18" },
	};
	struct card_options options = { .vfs = VFS, .level = LEGACY };

	fuzz->rand = g_rand_new_with_seed(seed);
	options.blk = below(fuzz, 2);
	fuzz->logs = below(fuzz, 2);
	options.args = args[!below(fuzz, 3)][fuzz->logs];
	options.strict = below(fuzz, 2);
	card_start(card, &options);
	card_reach(card, LEGACY);
	fuzz->targets[0] = (struct target){ card->pf, card->admin };
	fuzz->admin_index = card->admin.index;
	for (unsigned int i = 0; i < VFS; i++)
		fuzz->targets[1 + i].func = vf_open(card, i);
	for (unsigned int i = 0; i < STEPS; i++)
		any_step(fuzz);
	card_set(card, "faults", "");
	card_stop(card);
}

static bool run_episode(uint32_t seed)
{
	char path[] = "/tmp/card-fuzz-XXXXXX";
	int log = g_mkstemp(path), status;
	gint64 since = g_get_monotonic_time();
	g_autofree char *text = NULL;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	g_assert_cmpint(pid, >=, 0);
	if (!pid) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(log, STDOUT_FILENO);
		dup2(log, STDERR_FILENO);
		episode(seed);
		_exit(0);
	}
	while (!waitpid(pid, &status, WNOHANG)) {
		if (g_get_monotonic_time() - since > LIMIT_S * G_USEC_PER_SEC)
			kill(-pid, SIGKILL);
		g_usleep(5000);
	}
	kill(-pid, SIGKILL);
	close(log);
	if (status && g_file_get_contents(path, &text, NULL, NULL)) {
		char *from = strstr(text, "ERROR: AddressSanitizer");
		size_t len = strlen(text);

		printf("%s\n", from ?: text + (len > 4000 ? len - 4000 : 0));
		printf("# seed %u: status %#x\n", seed, status);
	}
	unlink(path);
	return !status;
}

int main(int argc, char **argv)
{
	unsigned int seconds = 10, count = 0, done = 0, failed = 0;
	gint64 since = g_get_monotonic_time();
	uint32_t seed = 1;
	int option;

	while ((option = getopt(argc, argv, "t:s:n:")) != -1) {
		switch (option) {
		case 't':
			seconds = atoi(optarg);
			break;
		case 's':
			seed = strtoul(optarg, NULL, 0);
			break;
		case 'n':
			count = atoi(optarg);
			break;
		default:
			return 2;
		}
	}
	while (count ? done < count :
	       g_get_monotonic_time() - since < seconds * G_USEC_PER_SEC)
		failed += !run_episode(seed + done++);
	printf("# %u episodes of %u steps, seeds from %u, %u failed\n", done, STEPS, seed, failed);
	return failed ? 1 : 0;
}
