// SPDX-License-Identifier: GPL-2.0-only
/*
 * The same random legacy accesses to two devices, which must answer the same:
 * diff REFERENCE VF STEPS [SEED]
 *
 * REFERENCE is a transitional device with an I/O BAR of its own, driven by
 * vfio-pci; VF is driven by virtio-vfio-pci. Both are to be configured alike.
 *
 * What is tried: all registers of the common configuration by their own width,
 * the device's configuration by any width, MSI-X on and off, reset. An access to
 * part of a common register, or to several, is no driver's and left out here:
 * emulated devices look at its first byte only. So is what would make the
 * devices use memory: a device with DRIVER_OK has no queues, one with queues is
 * not notified.
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "vf.h"

static uint64_t state, seed;
static unsigned long step, compared;
static struct vf reference, vf;
static bool msix_on, has_queues;

/* The last writes, to be told with a difference */
static struct {
	unsigned long step;
	unsigned int offset;
	size_t len;
	uint64_t value;
} history[8];
static unsigned long writes;

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("# seed %llu, step %lu, MSI-X %d: ", (unsigned long long)seed, step, msix_on);
	vprintf(format, args);
	printf("\n");
	va_end(args);
	for (unsigned long i = writes > 8 ? writes - 8 : 0; i < writes; i++)
		printf("#  step %lu: %zu bytes at %u written, %llx\n", history[i % 8].step,
		       history[i % 8].len, history[i % 8].offset,
		       (unsigned long long)history[i % 8].value);
	exit(1);
}

static uint32_t below(uint32_t limit)
{
	return random_below(&state, limit);
}

static void compare(unsigned int offset, size_t len)
{
	int64_t expected = vf_read(&reference, BAR0, offset, len);
	int64_t got = vf_read(&vf, BAR0, offset, len);

	compared++;
	if (expected < 0 && got < 0 && len < 8)
		die("%zu bytes at %u: neither reads (%lld, %lld)", len, offset,
		    (long long)expected, (long long)got);
	if (expected != got)
		die("%zu bytes at %u: %llx in the reference, %llx in the VF", len, offset,
		    (unsigned long long)expected, (unsigned long long)got);
}

static void write_both(unsigned int offset, size_t len, uint64_t value)
{
	int expected = vf_write(&reference, BAR0, offset, len, value);
	int got = vf_write(&vf, BAR0, offset, len, value);

	history[writes % 8].step = step;
	history[writes % 8].offset = offset;
	history[writes % 8].len = len;
	history[writes++ % 8].value = value;
	if (expected || got)
		die("writing %zu bytes at %u: %d in the reference, %d in the VF", len, offset,
		    expected, got);
}

struct reg {
	unsigned char offset;
	unsigned char len;
};

static const struct reg regs[] = {
	{ DEVICE_FEATURES, 4 }, { DRIVER_FEATURES, 4 }, { QUEUE_ADDRESS, 4 }, { QUEUE_SIZE, 2 },
	{ QUEUE_SELECT, 2 }, { QUEUE_NOTIFY, 2 }, { DEVICE_STATUS, 1 }, { ISR_STATUS, 1 },
	{ CONFIG_VECTOR, 2 }, { QUEUE_VECTOR, 2 },
};

static void compare_common(void)
{
	for (int i = 0; i < (msix_on ? 10 : 8); i++)
		compare(regs[i].offset, regs[i].len);
}

static void read_common(void)
{
	const struct reg *reg = &regs[below(msix_on ? 10 : 8)];

	compare(reg->offset, reg->len);
}

/* Any width and place behind the common configuration that both BARs have */
static bool pick_device(unsigned int *offset, size_t *len)
{
	static const unsigned char widths[] = { 1, 2, 4, 8, 3, 5 };
	unsigned int start = msix_on ? 24 : 20;
	uint64_t size = vf.size[BAR0] < reference.size[BAR0] ? vf.size[BAR0] : reference.size[BAR0];

	*len = widths[below(sizeof(widths))];
	*offset = start + below(size - start);
	return *offset + *len <= size;
}

static void read_device(void)
{
	unsigned int offset;
	size_t len;

	if (pick_device(&offset, &len))
		compare(offset, len);
}

static void write_device(void)
{
	unsigned int offset;
	size_t len;

	if (!pick_device(&offset, &len))
		return;
	/*
	 * QEMU's devices write all of a copy of their configuration, which is as
	 * old as the last read: what reset or they themselves have changed since
	 * would come back.
	 */
	compare(offset, len);
	write_both(offset, len, random_next(&state));
	compare(offset, len);
}

static void write_read_only(void)
{
	static const struct reg read_only[] = {
		{ DEVICE_FEATURES, 4 }, { QUEUE_SIZE, 2 }, { ISR_STATUS, 1 },
	};
	const struct reg *reg = &read_only[below(3)];

	write_both(reg->offset, reg->len, random_next(&state));
}

/* Bit 30 is how devices knew a broken driver; each kind of device has its own answer */
static void write_features(void)
{
	static const uint32_t masks[] = { ~0U, 0x00ffffff, 0x0000ffff, 0x1, 0x30000000 };

	write_both(DRIVER_FEATURES, 4, random_next(&state) & masks[below(5)] & ~(1U << 30));
}

static void write_select(void)
{
	write_both(QUEUE_SELECT, 2, below(4) ? below(4) : random_next(&state));
}

static void write_status(void)
{
	static const unsigned char values[] = { 1, 3, 3, 7, 7, 0x83, 0x80 };
	unsigned char value = values[below(sizeof(values))];

	if (!has_queues || !(value & DRIVER_OK))
		write_both(DEVICE_STATUS, 1, value);
}

static void write_queue(void)
{
	if (vf_read(&vf, BAR0, DEVICE_STATUS, 1) & DRIVER_OK)
		return;
	has_queues = true;
	/* 0 resets the device, as a status of 0 does */
	write_both(QUEUE_ADDRESS, 4, below(8) ? 1 + below(0xfffff) : 0);
}

static void notify(void)
{
	if (!has_queues)
		write_both(QUEUE_NOTIFY, 2, below(4) ? below(4) : random_next(&state));
}

static void write_vector(void)
{
	static const unsigned char vectors[] = { CONFIG_VECTOR, QUEUE_VECTOR };

	if (msix_on)
		write_both(vectors[below(2)], 2, below(4) ? below(6) : random_next(&state));
}

static void reset_status(void)
{
	write_both(DEVICE_STATUS, 1, 0);
	has_queues = false;
}

static void set_msix(bool on)
{
	if (vf_msix(&reference, on ? 2 : 0) || vf_msix(&vf, on ? 2 : 0))
		die("MSI-X cannot be turned %s", on ? "on" : "off");
	msix_on = on;
}

static void toggle_msix(void)
{
	if (below(4))
		return;
	/* vectors in use are lost with it: a driver resets first */
	reset_status();
	set_msix(!msix_on);
}

static void (*const steps[])(void) = {
	read_common, read_common, read_common, read_device, read_device, read_device,
	write_device, write_read_only, write_features, write_select, write_select, write_status,
	write_status, write_queue, notify, write_vector, write_vector, reset_status, toggle_msix,
};

static void open_one(struct vf *one, const char *address)
{
	int ret = vf_open(one, address);

	if (!ret)
		ret = vf_decode(one, true);
	if (ret)
		die("%s cannot be opened: %s", address, strerror(-ret));
	if (!one->size[BAR0])
		die("%s has no legacy BAR0", address);
}

int main(int argc, char **argv)
{
	unsigned long count;

	if (argc < 4) {
		fprintf(stderr, "usage: %s REFERENCE VF STEPS [SEED]\n", argv[0]);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	count = strtoul(argv[3], NULL, 0);
	seed = argc > 4 ? strtoull(argv[4], NULL, 0) : 1;
	state = random_start(seed);
	open_one(&reference, argv[1]);
	open_one(&vf, argv[2]);
	reset_status();
	for (step = 0; step < count; step++) {
		steps[below(ARRAY_SIZE(steps))]();
		if (step % 16 == 0)
			compare_common();
	}
	if (!compared)
		die("nothing was compared");
	printf("# seed %llu: %lu steps, %lu reads compared, BARs of %llu and %llu bytes\n",
	       (unsigned long long)seed, count, compared,
	       (unsigned long long)reference.size[BAR0], (unsigned long long)vf.size[BAR0]);
	return 0;
}
