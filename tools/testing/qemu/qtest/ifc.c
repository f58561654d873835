// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An IFC function: what public drivers find in it, and rely on. It is behind a root port of
 * its own, beside the card.
 */
#include "rows.h"

#define PUBLIC		"public drivers"
#define IFC_PORT	(3 << 3)
#define IFC_BUS		2
#define IFC_MMIO	0xc8000000u
#define IFC_PREFETCH	0xcc000000u
#define IFC_WINDOW	0x04000000u
#define IFC_LM_WORDS	0x20

#define IFC_ARGS	" -blockdev driver=null-co,node-name=ifc0,size=1048576,read-zeroes=on" \
			" -device pcie-root-port,id=rp9,chassis=9,slot=9,addr=03.0" \
			" -device ifc-blk,bus=rp9,drive=ifc0"

static struct func open_ifc(struct card *card)
{
	struct func port = { .card = card, .devfn = IFC_PORT };
	struct func ifc = { .card = card, .bus = IFC_BUS };

	cfg_put32(&port, PCI_BUSES, IFC_BUS << 8 | IFC_BUS << 16);
	cfg_put32(&port, PCI_WINDOW,
		  IFC_MMIO >> 16 | ((IFC_MMIO + IFC_WINDOW - 1) & 0xfff00000));
	cfg_put32(&port, PCI_PREFETCH_WINDOW,
		  IFC_PREFETCH >> 16 | ((IFC_PREFETCH + IFC_WINDOW - 1) & 0xfff00000));
	cfg_put16(&port, PCI_CMD, PCI_CMD_MEMORY | PCI_CMD_MASTER);
	card->free_mmio = IFC_MMIO;
	card->free_prefetch = IFC_PREFETCH;
	func_map_bars(&ifc);
	func_scan(&ifc);
	return ifc;
}

static uint32_t word(struct func *ifc, unsigned int queue)
{
	return qtest_readl(ifc->card->qts, ifc->bar[4] + IFC_LM_WORDS + 4 * queue);
}

static void put_place(struct func *ifc, unsigned int queue, uint16_t place)
{
	qtest_writew(ifc->card->qts, ifc->bar[4] + IFC_LM_WORDS + 4 * queue, place);
}

static uint32_t both(uint16_t place)
{
	return place | (uint32_t)place << 16;
}

/* Negotiated, with a ring that is at PLACE; not enabled */
static struct ring ring_at(struct func *ifc, uint16_t place)
{
	struct ring ring;

	modern_begin(ifc, modern_features(ifc) & (F_VERSION_1 | F_PLATFORM));
	ring = ring_new(ifc, 0, 64);
	ring.next_avail = place;
	ring.next_used = place;
	qtest_writew(ifc->card->qts, ring.avail + 2, place);
	qtest_writew(ifc->card->qts, ring.used + 2, place);
	return ring;
}

static void read_works(struct ring *ring)
{
	struct card *card = ring->func->card;
	uint64_t data, status;

	blk_read(ring, &data, &status);
	ring_kick(ring);
	g_assert(ring_wait(ring));
	g_assert_cmphex(qtest_readb(card->qts, status), ==, 0);
}

static void ids_and_bars(struct card *card)
{
	struct func ifc = open_ifc(card);

	g_assert_cmphex(cfg16(&ifc, PCI_ID_VENDOR), ==, 0x1af4);
	g_assert_cmphex(cfg16(&ifc, PCI_ID_DEVICE), ==, 0x1001);
	g_assert_cmphex(cfg16(&ifc, PCI_SUBSYSTEM_VENDOR), ==, 0x8086);
	g_assert_cmphex(cfg16(&ifc, PCI_SUBSYSTEM_DEVICE), ==, 0x0002);
	for (unsigned int bar = 0; bar < 6; bar += 2)
		g_assert_cmphex(ifc.bar_size[bar], >=, 0x1000);
	/* nothing of virtio's is where places are */
	g_assert_cmphex(cfg8(&ifc, cfg_virtio_cap(&ifc, VCAP_COMMON) + VCAP_BAR), ==, 0);
	g_assert_cmphex(cfg8(&ifc, cfg_virtio_cap(&ifc, VCAP_NOTIFY) + VCAP_BAR), ==, 0);
	g_assert_cmphex(word(&ifc, 0), ==, 0);
}

static void a_queue_starts_at_its_place(struct card *card)
{
	struct func ifc = open_ifc(card);
	struct ring ring = ring_at(&ifc, 5);

	put_place(&ifc, 0, 5);
	g_assert_cmphex(word(&ifc, 0) & 0xffff, ==, 5);
	ring_enable(&ring, NO_VECTOR);
	modern_driver_ok(&ifc);
	read_works(&ring);
	g_assert_cmphex(qtest_readw(card->qts, ring.used + 2), ==, 6);
	g_assert_cmphex(word(&ifc, 0), ==, both(6));
}

static void a_queue_stops_and_goes_on(struct card *card)
{
	struct func ifc = open_ifc(card);
	struct ring ring = ring_at(&ifc, 0);
	uint64_t data, status;

	ring_enable(&ring, NO_VECTOR);
	modern_driver_ok(&ifc);
	read_works(&ring);
	read_works(&ring);
	common_put16(&ifc, COMMON_QUEUE_SELECT, 0);
	common_put16(&ifc, COMMON_QUEUE_ENABLE, 0);
	g_assert_cmphex(common16(&ifc, COMMON_QUEUE_ENABLE), ==, 0);
	g_assert_cmphex(word(&ifc, 0), ==, both(2));
	blk_read(&ring, &data, &status);
	ring_kick(&ring);
	g_assert(!ring_wait(&ring));
	ring_enable(&ring, NO_VECTOR);
	ring_kick(&ring);
	g_assert(ring_wait(&ring));
	g_assert_cmphex(word(&ifc, 0), ==, both(3));
}

static void a_place_is_set_while_stopped(struct card *card)
{
	struct func ifc = open_ifc(card);
	struct ring ring = ring_at(&ifc, 0);

	ring_enable(&ring, NO_VECTOR);
	modern_driver_ok(&ifc);
	put_place(&ifc, 0, 9);
	g_assert_cmphex(word(&ifc, 0), ==, both(0));
	read_works(&ring);
	g_assert_cmphex(word(&ifc, 0), ==, both(1));
	/* there is none for another queue */
	put_place(&ifc, 1, 9);
	g_assert_cmphex(word(&ifc, 1), ==, 0);
}

static void a_reset_clears_places(struct card *card)
{
	struct func ifc = open_ifc(card);

	put_place(&ifc, 0, 7);
	g_assert_cmphex(word(&ifc, 0), ==, both(7));
	common_put8(&ifc, COMMON_STATUS, 0);
	g_assert_cmphex(word(&ifc, 0), ==, 0);
}

#define IFC(name, run)	{ name, PUBLIC, BLK | TOLERANT, BARE, run, .machine_args = IFC_ARGS }

static const struct row ifc_rows[] = {
	IFC("ids-and-bars", ids_and_bars),
	IFC("a-queue-starts-at-its-place", a_queue_starts_at_its_place),
	IFC("a-queue-stops-and-goes-on", a_queue_stops_and_goes_on),
	IFC("a-place-is-set-while-stopped", a_place_is_set_while_stopped),
	IFC("a-reset-clears-places", a_reset_clears_places),
};

FAMILY(ifc);
