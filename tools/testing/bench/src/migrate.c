// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long does the state of a VF take to another VF, without a VMM?
 *
 *	migrate ADDRESS PEER stop-copy|pre-copy COUNT
 *	migrate ADDRESS PEER loop MILLISECONDS
 *
 * A legacy driver has set up the VF's queues. Its state goes to the peer and back, COUNT
 * times. migrate-inside is the time in vfio's calls that a VMM makes while its guest stands
 * still: MIG_DEVICE_STATE of either end, and reads and writes of the two files. With pre-copy
 * what can be sent before has been. migrate-move is from the call that stops the source to
 * the end of the one that has the destination run. `loop` moves it without a measurement.
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"
#include "migration.h"

#define IOVA		0x100000
#define PAGE		4096
#define QUEUE_ROOM	(16 * PAGE)
#define QUEUES_MAX	8
#define LENGTH		(QUEUES_MAX * QUEUE_ROOM)

static void *memory;
static uint64_t inside;		/* ticks in the calls of one move */

static void must(struct vf *vf, int ret, const char *what)
{
	if (ret)
		fail("%s: %s: %s", vf->address, what, strerror(ret < 0 ? -ret : ret));
}

static void put(struct vf *vf, unsigned int offset, size_t len, uint64_t value)
{
	must(vf, vf_write(vf, BAR0, offset, len, value), "register");
}

static void open_end(struct vf *vf, const char *address)
{
	open_vf(vf, address);
	must(vf, vf_map(vf, IOVA, memory, LENGTH), "mapping");
}

static void master(struct vf *vf)
{
	must(vf, vf_write(vf, CONFIG, PCI_COMMAND, 2,
			  PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER), "command");
	must(vf, vf_msix(vf, 2), "MSI-X");
}

static void drive(struct vf *vf)
{
	master(vf);
	put(vf, DEVICE_STATUS, 1, ACKNOWLEDGE | DRIVER);
	put(vf, DRIVER_FEATURES, 4, 0);
	put(vf, CONFIG_VECTOR, 2, 0);
	for (int queue = 0; queue < QUEUES_MAX; queue++) {
		put(vf, QUEUE_SELECT, 2, queue);
		if (vf_read(vf, BAR0, QUEUE_SIZE, 2) <= 0)
			break;
		put(vf, QUEUE_ADDRESS, 4, (IOVA + queue * QUEUE_ROOM) / PAGE);
		put(vf, QUEUE_VECTOR, 2, 1);
	}
	put(vf, DEVICE_STATUS, 1, ACKNOWLEDGE | DRIVER | DRIVER_OK);
}

static void set(struct vf *vf, unsigned int state, int *fd)
{
	uint64_t start = ticks();
	int ret = mig_set(vf, state, fd);

	inside += ticks() - start;
	if (ret)
		fail("%s: to state %u: %s", vf->address, state, strerror(-ret));
}

static void get_data(struct vf *vf, int fd, struct mig_stream *stream, int want)
{
	uint64_t start = ticks();
	int error = mig_read(fd, stream);

	inside += ticks() - start;
	if (error != want)
		fail("%s: reading its state: %s", vf->address, strerror(error));
}

static void put_data(struct vf *vf, int fd, const uint8_t *bytes, size_t len)
{
	uint64_t start = ticks();
	int ret = mig_write(fd, bytes, len, 0);

	inside += ticks() - start;
	if (ret)
		fail("%s: writing its state: %s", vf->address, strerror(-ret));
}

/* One move; how long it took, and its bytes */
static uint64_t move(struct vf *from, struct vf *to, bool pre_copy, size_t *bytes)
{
	static struct mig_stream stream;
	int out, in, none;
	uint64_t start;
	size_t sent = 0;

	stream.len = 0;
	/* the destination is ready before the source is stopped */
	set(to, MIG_RESUMING, &in);
	if (pre_copy) {
		set(from, MIG_PRE_COPY, &out);
		get_data(from, out, &stream, ENOMSG);
		put_data(to, in, stream.bytes, stream.len);
		sent = stream.len;
	}
	inside = 0;
	start = ticks();
	set(from, MIG_STOP_COPY, pre_copy ? &none : &out);
	get_data(from, out, &stream, 0);
	put_data(to, in, stream.bytes + sent, stream.len - sent);
	set(to, MIG_RUNNING, &none);
	start = ticks() - start;
	close(out);
	close(in);
	*bytes = stream.len;
	return start;
}

/* It is the next destination */
static void make_new(struct vf *vf)
{
	must(vf, vf_reset(vf), "reset");
	must(vf, vf_msix(vf, 0), "MSI-X");
	must(vf, vf_decode(vf, true), "ports");
	master(vf);
}

static void measure(struct vf *ends, const char *what, unsigned int count)
{
	bool pre_copy = !strcmp(what, "pre-copy");
	struct samples moves, calls;
	size_t bytes = 0;

	samples_alloc(&moves, count);
	samples_alloc(&calls, count);
	for (unsigned int i = 0; i < count; i++) {
		samples_add(&moves, move(&ends[i % 2], &ends[(i + 1) % 2], pre_copy, &bytes));
		samples_add(&calls, inside);
		make_new(&ends[i % 2]);
	}
	emit("migrate-inside", what, "us", samples_us(&calls, 500));
	emit("migrate-move", what, "us", samples_us(&moves, 500));
	emit("migrate-bytes", what, "n", bytes);
}

/* Saved and loaded over and over; the source goes on meanwhile, so that nothing is reset */
static void loop(struct vf *ends, unsigned int ms)
{
	uint64_t start = ticks(), duration = ns_to_ticks(ms * 1000000ULL);
	static struct mig_stream stream;
	unsigned int moves = 0;
	int fd, none;

	while (ticks() - start < duration) {
		stream.len = 0;
		set(&ends[0], MIG_STOP_COPY, &fd);
		get_data(&ends[0], fd, &stream, 0);
		close(fd);
		set(&ends[0], MIG_RUNNING, &none);
		set(&ends[1], MIG_RESUMING, &fd);
		put_data(&ends[1], fd, stream.bytes, stream.len);
		set(&ends[1], MIG_STOP, &none);
		close(fd);
		moves++;
	}
	printf("# %u saves and loads in %u ms\n", moves, ms);
}

int main(int argc, char **argv)
{
	struct vf ends[2];

	if (argc != 5)
		fail("usage: migrate ADDRESS PEER stop-copy|pre-copy|loop COUNT|MILLISECONDS");
	clock_start();
	memory = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		fail("no memory");
	open_end(&ends[0], argv[1]);
	open_end(&ends[1], argv[2]);
	pin(0);
	drive(&ends[0]);
	master(&ends[1]);
	if (!strcmp(argv[3], "loop"))
		loop(ends, number(argv[4]));
	else
		measure(ends, argv[3], number(argv[4]));
	return 0;
}
