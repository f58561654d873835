// SPDX-License-Identifier: GPL-2.0-or-later
/* The emulator's life, PCI enumeration, and the PF's properties. */
#include "machine.h"
#include "qobject/qdict.h"
#include "qobject/qjson.h"
#include "qobject/qlist.h"
#include "qobject/qnum.h"
#include "qobject/qstring.h"
#include <sys/socket.h>

/* Where this machine's address space has what */
#define ECAM		0xb0000000u
#define MMIO_BASE	0xc0000000u
#define MMIO_END	0xc8000000u
#define PREFETCH_BASE	0xd0000000u
#define PREFETCH_END	0xe0000000u
#define PORT_DEVFN	(2 << 3)
#define CARD_BUS	1

/* --- configuration space, through the memory-mapped window --- */

static uint64_t cfg_addr(struct func *func, unsigned int at)
{
	return ECAM + ((uint64_t)func->bus << 20) + ((uint64_t)func->devfn << 12) + at;
}

uint8_t cfg8(struct func *func, unsigned int at)
{
	return qtest_readb(func->card->qts, cfg_addr(func, at));
}

uint16_t cfg16(struct func *func, unsigned int at)
{
	return qtest_readw(func->card->qts, cfg_addr(func, at));
}

uint32_t cfg32(struct func *func, unsigned int at)
{
	return qtest_readl(func->card->qts, cfg_addr(func, at));
}

void cfg_put8(struct func *func, unsigned int at, uint8_t value)
{
	qtest_writeb(func->card->qts, cfg_addr(func, at), value);
}

void cfg_put16(struct func *func, unsigned int at, uint16_t value)
{
	qtest_writew(func->card->qts, cfg_addr(func, at), value);
}

void cfg_put32(struct func *func, unsigned int at, uint32_t value)
{
	qtest_writel(func->card->qts, cfg_addr(func, at), value);
}

/* No list is longer; one of a function that is gone has no end. */
#define CAPS_MAX 64

static unsigned int next_cap(struct func *func, unsigned int at, uint8_t id)
{
	at = cfg8(func, at);
	for (unsigned int i = 0; at && i < CAPS_MAX; i++, at = cfg8(func, at + 1))
		if (cfg8(func, at) == id)
			return at;
	return 0;
}

unsigned int cfg_cap(struct func *func, uint8_t id)
{
	return next_cap(func, PCI_CAPABILITIES, id);
}

unsigned int cfg_xcap(struct func *func, uint16_t id)
{
	unsigned int at = PCI_EXTENDED;

	for (unsigned int i = 0; at && i < CAPS_MAX; i++) {
		uint32_t head = cfg32(func, at);

		if ((head & 0xffff) == id)
			return at;
		at = head >> 20;
	}
	return 0;
}

unsigned int cfg_virtio_cap(struct func *func, uint8_t type)
{
	unsigned int at = PCI_CAPABILITIES - 1;

	for (unsigned int i = 0; i < CAPS_MAX; i++) {
		at = next_cap(func, at + 1, CAP_VENDOR);
		if (!at || cfg8(func, at + VCAP_TYPE) == type)
			return at;
	}
	return 0;
}

/* Not by its ids: those of a VF read as ones. */
bool func_present(struct func *func)
{
	return cfg32(func, PCI_REVISION) != 0xffffffff;
}

void func_flr(struct func *func)
{
	unsigned int cap = cfg_cap(func, CAP_EXPRESS);

	cfg_put16(func, cap + EXP_DEVICE_CONTROL,
		  cfg16(func, cap + EXP_DEVICE_CONTROL) | EXP_CONTROL_FLR);
}

/* --- BARs --- */

static uint64_t place(uint64_t *next, uint64_t size)
{
	uint64_t at = ROUND_UP(*next, size);

	*next = at + size;
	return at;
}

/*
 * One BAR register at AT: for COUNT functions side by side. Returns how many
 * registers it takes.
 */
static unsigned int map_bar(struct func *func, unsigned int at, unsigned int count,
			    uint64_t *base, uint64_t *size)
{
	struct card *card = func->card;
	bool wide, prefetch;
	uint32_t mask;

	cfg_put32(func, at, 0xffffffff);
	mask = cfg32(func, at);
	if (!mask)
		return 1;
	g_assert_cmphex(mask & 1, ==, 0);	/* no I/O */
	wide = mask & 4;
	prefetch = mask & 8;
	*size = (uint32_t)-(mask & ~15u);
	*base = place(prefetch ? &card->free_prefetch : &card->free_mmio, *size * count);
	cfg_put32(func, at, *base);
	if (wide)
		cfg_put32(func, at + 4, 0);
	return wide ? 2 : 1;
}

void func_map_bars(struct func *func)
{
	for (unsigned int i = 0; i < 6;)
		i += map_bar(func, PCI_BAR + 4 * i, 1, &func->bar[i], &func->bar_size[i]);
	cfg_put16(func, PCI_CMD, PCI_CMD_MEMORY | PCI_CMD_MASTER);
}

static uint64_t structure(struct func *func, uint8_t type, uint32_t *len)
{
	unsigned int cap = cfg_virtio_cap(func, type);

	g_assert_cmphex(cap, !=, 0);
	if (len)
		*len = cfg32(func, cap + VCAP_LENGTH);
	return func->bar[cfg8(func, cap + VCAP_BAR)] + cfg32(func, cap + VCAP_OFFSET);
}

void func_scan(struct func *func)
{
	func->common = structure(func, VCAP_COMMON, &func->common_len);
	func->notify = structure(func, VCAP_NOTIFY, &func->notify_len);
	func->isr = structure(func, VCAP_ISR, NULL);
	func->config = structure(func, VCAP_DEVICE, NULL);
	func->notify_multiplier = cfg32(func, cfg_virtio_cap(func, VCAP_NOTIFY) + VCAP_MULTIPLIER);
}

uint32_t msix_message(unsigned int vector)
{
	return 0x51000000 | vector;
}

uint64_t func_msix(struct func *func, unsigned int vectors)
{
	unsigned int cap = cfg_cap(func, CAP_MSIX);
	uint32_t where = cfg32(func, cap + MSIX_TABLE);
	uint64_t table = func->bar[where & 7] + (where & ~7u);
	uint64_t ram = card_ram(func->card, 4 * vectors, 64);

	for (unsigned int i = 0; i < vectors; i++) {
		qtest_writel(func->card->qts, table + 16 * i, ram + 4 * i);
		qtest_writel(func->card->qts, table + 16 * i + 4, 0);
		qtest_writel(func->card->qts, table + 16 * i + 8, msix_message(i));
		qtest_writel(func->card->qts, table + 16 * i + 12, 0);
		qtest_writel(func->card->qts, ram + 4 * i, 0);
	}
	cfg_put16(func, cap + MSIX_CONTROL, MSIX_ENABLE);
	return ram;
}

/* --- SR-IOV --- */

static void size_vf_bars(struct card *card)
{
	unsigned int cap = cfg_xcap(&card->pf, XCAP_SRIOV);

	for (unsigned int i = 0; cap && i < 6;)
		i += map_bar(&card->pf, cap + SRIOV_BAR + 4 * i, card->vfs,
			     &card->vf_bar[i], &card->vf_bar_size[i]);
}

/* A reset of the PF forgets them. */
static void place_vf_bars(struct card *card, unsigned int cap)
{
	for (unsigned int i = 0; i < 6; i++)
		if (card->vf_bar_size[i])
			cfg_put32(&card->pf, cap + SRIOV_BAR + 4 * i, card->vf_bar[i]);
}

void vfs_set(struct card *card, unsigned int count)
{
	unsigned int cap = cfg_xcap(&card->pf, XCAP_SRIOV);

	if (!count) {
		cfg_put16(&card->pf, cap + SRIOV_CONTROL, 0);
		return;
	}
	place_vf_bars(card, cap);
	cfg_put16(&card->pf, cap + SRIOV_NUM_VFS, count);
	cfg_put16(&card->pf, cap + SRIOV_CONTROL, SRIOV_VF_ENABLE | SRIOV_MEMORY | SRIOV_ARI);
}

struct func vf_at(struct card *card, unsigned int index)
{
	unsigned int cap = cfg_xcap(&card->pf, XCAP_SRIOV);
	struct func vf = {
		.card = card,
		.bus = card->pf.bus,
		.devfn = card->pf.devfn + cfg16(&card->pf, cap + SRIOV_FIRST_VF) +
			 index * cfg16(&card->pf, cap + SRIOV_STRIDE),
	};

	for (unsigned int i = 0; i < 6; i++) {
		vf.bar_size[i] = card->vf_bar_size[i];
		vf.bar[i] = card->vf_bar[i] + index * vf.bar_size[i];
	}
	return vf;
}

struct func vf_open(struct card *card, unsigned int index)
{
	struct func vf = vf_at(card, index);

	g_assert(func_present(&vf));
	cfg_put16(&vf, PCI_CMD, PCI_CMD_MEMORY | PCI_CMD_MASTER);
	func_scan(&vf);
	return vf;
}

/* --- RAM --- */

uint64_t card_ram(struct card *card, size_t len, size_t align)
{
	uint64_t at = ROUND_UP(card->free_ram, align);

	card->free_ram = at + len;
	g_assert_cmphex(card->free_ram, <=, RAM_END);
	return at;
}

uint64_t card_fill(struct card *card, const void *data, size_t len)
{
	uint64_t at = card_ram(card, MAX(len, 1), 16);

	if (len)
		qtest_memwrite(card->qts, at, data, len);
	return at;
}

void card_step(struct card *card, int64_t us)
{
	if (us)
		qtest_clock_step(card->qts, us * 1000);
}

/* --- properties --- */

#define PF_PATH "/machine/peripheral/pf0"

static char *error_of(QDict *answer)
{
	QDict *error = qdict_get_qdict(answer, "error");
	char *text = error ? g_strdup(qdict_get_str(error, "desc")) : NULL;

	qobject_unref(answer);
	return text;
}

char *card_try_set(struct card *card, const char *name, const char *value)
{
	return error_of(qtest_qmp(card->qts, "{'execute': 'qom-set', 'arguments': {"
				  "'path': %s, 'property': %s, 'value': %s}}",
				  PF_PATH, name, value));
}

void card_set(struct card *card, const char *name, const char *value)
{
	char *error = card_try_set(card, name, value);

	g_assert_cmpstr(error, ==, NULL);
}

void card_set_number(struct card *card, const char *name, int64_t value)
{
	char *error = error_of(qtest_qmp(card->qts, "{'execute': 'qom-set', 'arguments': {"
					 "'path': %s, 'property': %s, 'value': %" PRId64 "}}",
					 PF_PATH, name, value));

	g_assert_cmpstr(error, ==, NULL);
}

char *card_get(struct card *card, const char *name)
{
	QDict *answer = qtest_qmp(card->qts, "{'execute': 'qom-get', 'arguments': {"
				  "'path': %s, 'property': %s}}", PF_PATH, name);
	char *text = g_strdup(qdict_get_str(answer, "return"));

	qobject_unref(answer);
	return text;
}

int64_t card_stat(struct card *card, int vf, const char *family, const char *name)
{
	g_autofree char *text = card_get(card, "stats");
	QDict *stats = qobject_to(QDict, qobject_from_json(text, NULL));
	QDict *func;
	const QListEntry *entry;
	int64_t value;

	g_assert(stats);	/* it is JSON */
	func = qdict_get_qdict(stats, "pf");
	entry = qlist_first(qdict_get_qlist(stats, "vfs"));
	for (int i = 0; i <= vf; i++, entry = qlist_next(entry))
		func = qobject_to(QDict, qlist_entry_obj(entry));
	value = name ? qdict_get_try_int(qdict_get_qdict(func, family), name, 0) :
		       qdict_get_try_int(func, family, 0);
	qobject_unref(stats);
	return value;
}

/* --- life --- */

/* No firmware is run, but the machine wants some. */
static char *blank_firmware(void)
{
	char *path = g_strdup_printf("%s/card-qtest-%d.rom", g_get_tmp_dir(), getpid());
	g_autofree char *zeros = g_malloc0(64 * 1024);

	g_assert(g_file_set_contents(path, zeros, 64 * 1024, NULL));
	return path;
}

/* Each function's drive is one MiB longer than that of the one before. */
static void add_drives(GString *args, unsigned int vfs)
{
	for (unsigned int i = 0; i <= vfs; i++)
		g_string_append_printf(args, " -blockdev driver=null-co,node-name=d%u,"
				       "size=%u,read-zeroes=on", i, (i + 1) << 20);
}

static void add_uplink(GString *args, struct card *card)
{
	int ends[2];

	g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), ==, 0);
	card->uplink = ends[0];
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	g_string_append_printf(args, " -netdev socket,id=up0,fd=%d", ends[1]);
}

static void add_card(GString *args, struct card *card)
{
	const struct card_options *options = &card->options;
	unsigned int vfs = card->vfs;

	if (options->blk)
		add_drives(args, vfs);
	else if (strstr(options->args ?: "", "uplink=up0"))
		add_uplink(args, card);
	g_string_append_printf(args, " -device virtio-%s-pf,id=pf0,bus=rp0,vfs=%u,personality=%s%s",
			       options->blk ? "blk" : "net", vfs,
			       options->strict ? "strict" : "tolerant", options->args ?: "");
	if (!options->blk)
		return;
	g_string_append(args, ",drive=d0,vf-drives=");
	for (unsigned int i = 1; i <= vfs; i++)
		g_string_append_printf(args, "%sd%u", i > 1 ? ":" : "", i);
}

static void set_up_port(struct card *card)
{
	struct func *port = &card->port;
	unsigned int cap;

	/* PCIEXBAR of the host bridge */
	qtest_outl(card->qts, 0xcf8, 0x80000064);
	qtest_outl(card->qts, 0xcfc, 0);
	qtest_outl(card->qts, 0xcf8, 0x80000060);
	qtest_outl(card->qts, 0xcfc, ECAM | 1);

	cfg_put32(port, PCI_BUSES, CARD_BUS << 8 | CARD_BUS << 16);
	cfg_put32(port, PCI_WINDOW, MMIO_BASE >> 16 | ((MMIO_END - 1) & 0xfff00000));
	cfg_put32(port, PCI_PREFETCH_WINDOW,
		  PREFETCH_BASE >> 16 | ((PREFETCH_END - 1) & 0xfff00000));
	cfg_put16(port, PCI_CMD, PCI_CMD_MEMORY | PCI_CMD_MASTER);
	cap = cfg_cap(port, CAP_EXPRESS);
	cfg_put16(port, cap + EXP_DEVICE_CONTROL2, EXP_CONTROL2_ARI);
}

void card_connect(struct card *card)
{
	card->free_mmio = MMIO_BASE;
	card->free_prefetch = PREFETCH_BASE;
	card->port = (struct func){ .card = card, .devfn = PORT_DEVFN };
	card->pf = (struct func){ .card = card, .bus = CARD_BUS };
	set_up_port(card);
	if (!func_present(&card->pf))
		return;
	func_map_bars(&card->pf);
	func_scan(&card->pf);
	size_vf_bars(card);
}

void card_start(struct card *card, const struct card_options *options)
{
	GString *args = g_string_new(NULL);
	g_autofree char *firmware = blank_firmware();

	card->options = *options;
	card->vfs = options->vfs ?: 4;
	card->free_ram = RAM_BASE;
	g_string_append_printf(args, "-M q35 -m 64 -nodefaults -no-user-config -bios %s%s "
			       "-device pcie-root-port,id=rp0,chassis=1,slot=1,addr=02.0",
			       firmware, options->machine_args ?: "");
	add_card(args, card);
	card->qts = qtest_init(args->str);
	unlink(firmware);
	g_string_free(args, true);
	card_connect(card);
}

void card_alive(struct card *card)
{
	QDict *answer = qtest_qmp(card->qts, "{'execute': 'query-status'}");

	g_assert(qdict_haskey(answer, "return"));
	qobject_unref(answer);
}

void card_stop(struct card *card)
{
	card_alive(card);
	qtest_quit(card->qts);
}
