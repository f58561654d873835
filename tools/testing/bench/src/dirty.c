// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does it cost a VF that its writes are logged, and how long does a report take?
 * Without a VMM: nobody copies memory.
 *
 *	dirty MILLISECONDS SLICES REPORTS DISK
 *	dirty MILLISECONDS SLICES 0 NIC OTHER
 *
 * A legacy driver keeps the VF busy: a disk reads blocks of 4 KiB, 16 at a time; a NIC receives
 * frames of 1514 bytes that OTHER, a NIC of the same card, sends as fast as it can. All go to
 * pages of 64 MiB of memory, one after the other. So for MILLISECONDS without a log, then as
 * long while 1 GiB is logged and reported each 100 ms, SLICES times; dirty-cost is how many
 * times as many come in a second without it.
 *
 * Then REPORTS are timed that find 1000 pages at most. dirty-extra is how many pages were
 * reported, by those that the device wrote to, as the shell command in VFIO_LOG_EVER tells.
 *
 * A VF without a log is measured without one.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"
#include "log.h"
#include "queue.h"

#define IOVA		(1UL << 32)
#define LOGGED		(1UL << 30)
#define LENGTH		(64UL << 20)
#define PAGES		(LENGTH / PAGE)
/* Pages, in this order: two queues, what the device reads and the statuses of reads, data */
#define SECOND_QUEUE	(QUEUE_ROOM / PAGE)
#define HEADERS		(2 * SECOND_QUEUE)
#define STATUSES	(HEADERS + 1)
#define DATA		(STATUSES + 1)

#define READS		16		/* on their way at a time */
#define BUFFERS		256		/* for frames, so many are waiting */
#define FRAMES		16
#define FRAME		1514
#define NET_HEADER	10
#define NET_MAC		20		/* in BAR0, as MSI-X is off */
#define SECTORS		(PAGE / 512)
#define BLOCKS		1024UL		/* of the disk, that are read over and over */
#define REPORT_MS	100
#define DIRTY_MAX	1000

struct request { uint32_t type, reserved; uint64_t sector; };

struct busy {
	struct vf vf;
	bool nic;
	uint8_t *memory;
	struct queue queue;		/* whose buffers the device writes to */
	unsigned long done;		/* buffers that were offered */
};

/* A bit for each page that is logged; as large as a report wants it */
static uint64_t told[LOGGED / PAGE / 64], all_told[LOGGED / PAGE / 64];

static void must(struct busy *busy, int ret, const char *what)
{
	if (ret)
		fail("%s: %s: %s", busy->vf.address, what, strerror(-ret));
}

/* --- what the device does --- */

static void open_busy(struct busy *busy, const char *address)
{
	open_vf(&busy->vf, address);
	if (!busy->vf.type || busy->vf.type->transitional_id > 0x1001)
		fail("%s: is neither a NIC nor a disk", address);
	busy->nic = busy->vf.type->transitional_id == 0x1000;
	busy->memory = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			    -1, 0);
	if (busy->memory == MAP_FAILED)
		fail("no memory");
	must(busy, vf_map(&busy->vf, IOVA, busy->memory, LENGTH), "mapping");
	driver_begin(&busy->vf);
}

static uint64_t next_page(struct busy *busy)
{
	return IOVA + (DATA + busy->done % (PAGES - DATA)) * PAGE;
}

static void offer_read(struct busy *busy, unsigned int slot)
{
	struct request *request = (struct request *)(busy->memory + HEADERS * PAGE) + slot;
	const struct part parts[] = {
		{ IOVA + HEADERS * PAGE + slot * sizeof(*request), sizeof(*request), false },
		{ next_page(busy), PAGE, true },
		{ IOVA + STATUSES * PAGE + slot, 1, true },
	};

	*request = (struct request){ .sector = busy->done % BLOCKS * SECTORS };
	busy->memory[STATUSES * PAGE + slot] = 0xff;
	queue_offer(&busy->queue, slot, parts, ARRAY_SIZE(parts));
}

static void offer(struct busy *busy, unsigned int slot)
{
	const struct part room = { next_page(busy), 2048, true };

	if (busy->nic)
		queue_offer(&busy->queue, slot, &room, 1);
	else
		offer_read(busy, slot);
	busy->done++;
}

static unsigned int take_back(struct busy *busy)
{
	unsigned int slot = queue_take_back(&busy->queue);

	if (!busy->nic && busy->memory[STATUSES * PAGE + slot])
		fail("%s: a read has failed", busy->vf.address);
	return slot;
}

/* So many more of them, or as many as there are until @until */
static void go_on(struct busy *busy, unsigned long most, uint64_t until)
{
	unsigned long end = busy->done + most;

	while (busy->done < end && ticks() < until) {
		do {
			offer(busy, take_back(busy));
		} while (queue_has_more(&busy->queue) && busy->done < end);
		queue_notify(&busy->queue);
	}
}

static void fill(struct busy *busy)
{
	for (unsigned int slot = 0; slot < busy->queue.slots; slot++)
		offer(busy, slot);
	queue_notify(&busy->queue);
}

/* --- the sender --- */

/* Its frame from @from to @to, behind a header of zeroes */
static void make_frame(struct busy *busy, const uint8_t *from, const uint8_t *to)
{
	uint8_t *frame = busy->memory + HEADERS * PAGE + NET_HEADER;

	memset(frame - NET_HEADER, 0, PAGE);
	memcpy(frame, to, 6);
	memcpy(frame + 6, from, 6);
	frame[12] = 0x88;	/* a type for experiments */
	frame[13] = 0xb5;
}

static void send_frame(struct queue *queue, unsigned int slot)
{
	static const struct part parts[] = {
		{ IOVA + HEADERS * PAGE, NET_HEADER, false },
		{ IOVA + HEADERS * PAGE + NET_HEADER, FRAME, false },
	};

	queue_offer(queue, slot, parts, ARRAY_SIZE(parts));
}

static void *send_on(void *arg)
{
	struct queue *queue = arg;

	pin(0);
	for (unsigned int slot = 0; slot < queue->slots; slot++)
		send_frame(queue, slot);
	queue_notify(queue);
	for (;;) {
		do {
			send_frame(queue, queue_take_back(queue));
		} while (queue_has_more(queue));
		queue_notify(queue);
	}
	return NULL;
}

static void read_mac(struct busy *busy, uint8_t *mac)
{
	for (int i = 0; i < 6; i++) {
		int64_t byte = vf_read(&busy->vf, BAR0, NET_MAC + i, 1);

		if (byte < 0)
			fail("%s: its address cannot be read", busy->vf.address);
		mac[i] = byte;
	}
}

static void start_sender(struct busy *nic, struct queue *transmit, const char *address)
{
	static const uint8_t nobody[6] = { 2, 0, 0, 0, 0, 1 };
	static struct busy other;
	static struct queue queue;
	uint8_t from[6], to[6];
	pthread_t thread;

	open_busy(&other, address);
	if (!other.nic)
		fail("%s: is no NIC", address);
	queue_set_up(&queue, &other.vf, 1, FRAMES, other.memory, IOVA);
	driver_ready(&other.vf);
	read_mac(nic, to);
	read_mac(&other, from);
	make_frame(&other, from, to);
	/* the card's switch learns where its frames have to go */
	make_frame(nic, to, nobody);
	send_frame(transmit, 0);
	queue_notify(transmit);
	queue_take_back(transmit);
	if (pthread_create(&thread, NULL, send_on, &queue))
		fail("no thread");
}

static void start_busy(struct busy *busy, const char *address, const char *other)
{
	struct queue transmit;

	open_busy(busy, address);
	if (busy->nic != !!other)
		fail("%s: another NIC's address comes after a NIC's", address);
	queue_set_up(&busy->queue, &busy->vf, 0, busy->nic ? BUFFERS : READS, busy->memory, IOVA);
	if (busy->nic)
		queue_set_up(&transmit, &busy->vf, 1, 1, busy->memory + QUEUE_ROOM,
			     IOVA + SECOND_QUEUE * PAGE);
	driver_ready(&busy->vf);
	fill(busy);
	if (busy->nic)
		start_sender(busy, &transmit, other);
}

/* --- the log --- */

static void start_log(struct busy *busy)
{
	static const struct log_range range = { IOVA, LOGGED };
	uint64_t page_size = PAGE;

	must(busy, log_start(&busy->vf, &page_size, &range, 1), "starting the log");
	if (page_size != PAGE)
		fail("%s: a log in pages of %lu bytes", busy->vf.address, page_size);
}

static void end_log(struct busy *busy)
{
	must(busy, log_stop(&busy->vf), "ending the log");
}

static unsigned long count(const uint64_t *bits)
{
	unsigned long n = 0;

	for (size_t i = 0; i < LOGGED / PAGE / 64; i++)
		n += __builtin_popcountll(bits[i]);
	return n;
}

/* Return: ticks that it took */
static uint64_t report(struct busy *busy)
{
	uint64_t start;

	memset(told, 0, sizeof(told));
	start = ticks();
	must(busy, log_report(&busy->vf, IOVA, LOGGED, PAGE, told), "a report");
	start = ticks() - start;
	for (size_t i = 0; i < LOGGED / PAGE / 64; i++)
		all_told[i] |= told[i];
	return start;
}

/* What the device says that it wrote to, of its first VF; 0: nobody can be asked */
static unsigned long ask_device(void)
{
	const char *command = getenv("VFIO_LOG_EVER");
	unsigned long first, pages, n = 0;
	FILE *answer;

	if (!command)
		return 0;
	answer = popen(command, "r");
	if (!answer)
		fail("%s: %s", command, strerror(errno));
	while (fscanf(answer, "%lu+%lu", &first, &pages) == 2)
		n += pages;
	if (pclose(answer))
		fail("%s: failed", command);
	return n;
}

struct reporter {
	pthread_t thread;
	struct busy *busy;
	bool end;
};

static void *report_on(void *arg)
{
	struct reporter *reporter = arg;

	pin(0);
	while (!__atomic_load_n(&reporter->end, __ATOMIC_ACQUIRE)) {
		usleep(REPORT_MS * 1000);
		report(reporter->busy);
	}
	return NULL;
}

/* --- what is measured --- */

/* In a second */
static double rate(struct busy *busy, unsigned int ms)
{
	unsigned long before = busy->done;
	uint64_t start = ticks();

	go_on(busy, ~0UL >> 1, start + ns_to_ticks(ms * 1000000ULL));
	return (busy->done - before) * 1e9 / ticks_to_ns(ticks() - start);
}

static double logged_rate(struct busy *busy, unsigned int ms)
{
	struct reporter reporter = { .busy = busy };
	double it;

	start_log(busy);
	if (pthread_create(&reporter.thread, NULL, report_on, &reporter))
		fail("no thread");
	it = rate(busy, ms);
	__atomic_store_n(&reporter.end, true, __ATOMIC_RELEASE);
	pthread_join(reporter.thread, NULL);
	end_log(busy);
	return it;
}

static void cost(struct busy *busy, unsigned int ms, unsigned int slices, bool has_log)
{
	const char *unit = busy->nic ? "frames/s" : "reads/s";
	double without = 0, with = 0;

	/* memory, caches and the switch are warm then, for both */
	rate(busy, ms);
	for (unsigned int i = 0; i < slices; i++) {
		without += rate(busy, ms) / slices;
		if (has_log)
			with += logged_rate(busy, ms) / slices;
	}
	emit("dirty-rate", busy->nic ? "net,quiet" : "disk,quiet", unit, without);
	if (!has_log)
		return;
	emit("dirty-rate", busy->nic ? "net,logged" : "disk,logged", unit, with);
	emit("dirty-cost", busy->nic ? "net" : "disk", "n", without / with);
}

/* The used ring and the page of the statuses count too */
static void reports(struct busy *busy, unsigned int n)
{
	struct samples samples;
	unsigned long most = 0, written;

	samples_alloc(&samples, n);
	start_log(busy);
	memset(all_told, 0, sizeof(all_told));
	while (n--) {
		unsigned long pages;

		go_on(busy, DIRTY_MAX - 2 * READS, ~0ULL);
		samples_add(&samples, report(busy));
		pages = count(told);
		if (pages > most)
			most = pages;
	}
	/* nothing is on its way when the device is asked */
	while (queue_under_way(&busy->queue))
		take_back(busy);
	report(busy);
	written = ask_device();
	end_log(busy);
	if (most > DIRTY_MAX)
		fail("%s: %lu pages in a report", busy->vf.address, most);
	printf("# 1 GiB, at most %lu pages of it in a report\n", most);
	emit("dirty-report", "1g,1000", "ms", samples_us(&samples, 500) / 1000);
	if (written)
		emit("dirty-extra", "disk", "n", (double)count(all_told) / written);
}

int main(int argc, char **argv)
{
	static struct busy busy;
	bool has_log;

	if (argc != 5 && argc != 6)
		fail("usage: dirty MILLISECONDS SLICES REPORTS DISK, or 0 NIC OTHER");
	clock_start();
	start_busy(&busy, argv[4], argv[5]);
	pin(cpus() - 1);
	has_log = !log_probe(&busy.vf, VFIO_DEVICE_FEATURE_DMA_LOGGING_START,
			     VFIO_DEVICE_FEATURE_SET);
	cost(&busy, number(argv[1]), number(argv[2]), has_log);
	if (has_log && number(argv[3]) && !busy.nic)
		reports(&busy, number(argv[3]));
	return 0;
}
