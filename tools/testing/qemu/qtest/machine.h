/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A running emulator with one card behind a root port, and its functions as
 * PCI shows them. There is no guest: the test is the driver.
 *
 * A check that fails ends the test's process, and the emulator with it.
 */
#ifndef CARD_QTEST_MACHINE_H
#define CARD_QTEST_MACHINE_H

#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "libqtest.h"
#include "wire.h"

struct card;

/* One PCI function: the PF, a VF, or the root port */
struct func {
	struct card *card;
	uint8_t bus;
	uint8_t devfn;
	uint64_t bar[6];
	uint64_t bar_size[6];
	/* Where the virtio structures are, as the capabilities say */
	uint64_t common;
	uint64_t notify;
	uint64_t isr;
	uint64_t config;
	uint32_t common_len;
	uint32_t notify_len;
	uint32_t notify_multiplier;
};

struct ring {
	struct func *func;
	uint16_t index;
	uint16_t size;
	uint64_t desc;
	uint64_t avail;
	uint64_t used;
	uint64_t doorbell;		/* 0: none, a legacy queue is notified otherwise */
	uint16_t next_desc;
	uint16_t next_avail;
	uint16_t next_used;
};

/* What a test starts from */
enum level {
	BARE,		/* PCI is set up, nobody drives the PF */
	ADMIN,		/* a driver runs on the PF, the admin queue is live */
	GROUP,		/* and all VFs are enabled */
	LEGACY,		/* and all commands of the SR-IOV group are in use */
};

struct card_options {
	bool blk;
	bool strict;
	enum level level;
	unsigned int vfs;
	const char *args;		/* more properties of the PF, ",a=b" */
	const char *machine_args;	/* more arguments of the emulator */
};

struct card {
	struct card_options options;
	unsigned int vfs;
	QTestState *qts;
	int uplink;			/* the other end of ",uplink=up0" */
	struct func port;
	struct func pf;
	struct ring admin;
	uint64_t vf_bar[6];
	uint64_t vf_bar_size[6];
	uint64_t free_ram;
	uint64_t free_mmio;
	uint64_t free_prefetch;
};

/* A buffer of a chain */
struct buf {
	uint64_t addr;
	uint32_t len;
	bool write;
};

/* machine.c */
#define RAM_BASE	0x100000ull
#define RAM_END		0x4000000ull	/* all of the machine's 64 MiB */
/* Nothing answers there */
#define NOWHERE		0xe0000000ull

void card_start(struct card *card, const struct card_options *options);
void card_stop(struct card *card);
void card_connect(struct card *card);
/* The emulator runs and answers. */
void card_alive(struct card *card);
uint64_t card_ram(struct card *card, size_t len, size_t align);
uint64_t card_fill(struct card *card, const void *data, size_t len);
void card_step(struct card *card, int64_t us);

/* Properties of the PF over QMP */
void card_set(struct card *card, const char *name, const char *value);
/* The error's text, NULL when it was set; the caller frees it. */
char *card_try_set(struct card *card, const char *name, const char *value);
void card_set_number(struct card *card, const char *name, int64_t value);
char *card_get(struct card *card, const char *name);
/*
 * A counter of "stats": @vf is -1 for the PF, @name NULL for one of no family. 0 when it is
 * not there.
 */
int64_t card_stat(struct card *card, int vf, const char *family, const char *name);

uint8_t cfg8(struct func *func, unsigned int at);
uint16_t cfg16(struct func *func, unsigned int at);
uint32_t cfg32(struct func *func, unsigned int at);
void cfg_put8(struct func *func, unsigned int at, uint8_t value);
void cfg_put16(struct func *func, unsigned int at, uint16_t value);
void cfg_put32(struct func *func, unsigned int at, uint32_t value);
/* Where a capability is; 0 when it is not there. */
unsigned int cfg_cap(struct func *func, uint8_t id);
unsigned int cfg_xcap(struct func *func, uint16_t id);
unsigned int cfg_virtio_cap(struct func *func, uint8_t type);
bool func_present(struct func *func);
void func_flr(struct func *func);
/* The function's virtio structures, from its capabilities. */
void func_scan(struct func *func);
void func_map_bars(struct func *func);
/* MSI-X messages go to RAM: returns where vector N's 32 bits land, at N * 4. */
uint64_t func_msix(struct func *func, unsigned int vectors);
uint32_t msix_message(unsigned int vector);

/* SR-IOV */
void vfs_set(struct card *card, unsigned int count);
/* VF INDEX, enabled or not. */
struct func vf_at(struct card *card, unsigned int index);
/* And its memory enabled, its virtio structures found. */
struct func vf_open(struct card *card, unsigned int index);

#endif /* CARD_QTEST_MACHINE_H */
