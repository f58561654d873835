// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random accesses to a VF's configuration space and BAR0, resets, MSI-X on and
 * off, opens: fuzz ADDRESS SECONDS [SEED]
 *
 * Any access may fail, with an error that makes sense. The device stays a
 * transitional device all the time, and afterwards it works.
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "random.h"
#include "vf.h"

static uint64_t state, seed;
static struct vf vf;
static unsigned long accesses, failures, resets, opens;

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("# seed %llu, after %lu accesses: ", (unsigned long long)seed, accesses);
	vprintf(format, args);
	printf("\n");
	va_end(args);
	exit(1);
}

static uint32_t below(uint32_t limit)
{
	return random_below(&state, limit);
}

static void reopen(void)
{
	char address[sizeof(vf.address)];
	int ret;

	memcpy(address, vf.address, sizeof(address));
	vf_close(&vf);
	ret = vf_open(&vf, address);
	if (ret)
		die("it cannot be opened: %s", strerror(-ret));
	opens++;
}

/* Decoding is off, the device belongs to the modern interface, or is misused */
static bool makes_sense(int error)
{
	return error == -EIO || error == -EBUSY || error == -EINVAL || error == -EFAULT;
}

static void judge(ssize_t got, size_t len)
{
	accesses++;
	if (got >= 0 && got <= len)
		return;
	failures++;
	if (!makes_sense(got))
		die("an access failed with %zd (%s)", got, strerror(-got));
}

static void access_region(int region, uint64_t limit)
{
	static const unsigned char widths[] = { 1, 1, 2, 2, 2, 4, 4, 4, 8, 3, 16, 200 };
	size_t len = widths[below(sizeof(widths))];
	uint64_t offset = below(limit);
	unsigned char buf[256];

	for (size_t i = 0; i < len; i++)
		buf[i] = below(4) ? random_next(&state) : below(2) ? 0xff : 0;
	if (below(2))
		judge(vf_get(&vf, region, offset, buf, len), len);
	else
		judge(vf_put(&vf, region, offset, buf, len), len);
}

static void access_bar0(void)
{
	access_region(BAR0, vf.size[BAR0] + 8);
}

/* it often turns decoding off, behind which nothing would be tried */
static void access_header(void)
{
	access_region(CONFIG, 64);
	if (below(4))
		vf_decode(&vf, true);
}

static void access_config(void)
{
	access_region(CONFIG, vf.size[CONFIG] + 8);
}

static void decode(void)
{
	vf_decode(&vf, below(8));
}

static void notify(void)
{
	judge(vf_write(&vf, BAR0, QUEUE_NOTIFY, 2, below(4)), 2);
}

static void status(void)
{
	static const unsigned char values[] = { 0, 1, 3, 7, 0x83 };

	judge(vf_write(&vf, BAR0, DEVICE_STATUS, 1, values[below(sizeof(values))]), 1);
}

static void msix(void)
{
	vf_msix(&vf, below(4));
}

static void identity(void)
{
	int64_t id = vf_read(&vf, CONFIG, PCI_DEVICE_ID, 2);
	int64_t bar = vf_read(&vf, CONFIG, PCI_BASE_ADDRESS_0, 4);

	if (id != vf.type->transitional_id)
		die("device id is %llx", (unsigned long long)id);
	if ((bar & (vf.type->bar0_size - 1)) != 1)
		die("BAR0 reads as %llx", (unsigned long long)bar);
}

/* each costs a tenth of a second */
static void rare(void)
{
	if (below(100))
		return;
	resets++;
	switch (below(3)) {
	case 0:
		reopen();
		break;
	default:
		vf_reset(&vf);
	}
	vf_decode(&vf, true);
}

static void (*const steps[])(void) = {
	access_bar0, access_bar0, access_bar0, access_bar0, access_bar0, access_bar0,
	access_header, access_header, access_config, decode, notify, status, msix, identity, rare,
};

static void check_usable(void)
{
	static const unsigned char values[] = { ACKNOWLEDGE, ACKNOWLEDGE | DRIVER, 0 };

	reopen();
	if (vf_decode(&vf, true))
		die("afterwards its ports cannot be enabled");
	for (int i = 0; i < sizeof(values); i++)
		if (vf_write(&vf, BAR0, DEVICE_STATUS, 1, values[i]) ||
		    vf_read(&vf, BAR0, DEVICE_STATUS, 1) != values[i])
			die("afterwards status %u is not taken", values[i]);
	identity();
}

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

int main(int argc, char **argv)
{
	time_t end;
	int ret;

	if (argc < 3) {
		fprintf(stderr, "usage: %s ADDRESS SECONDS [SEED]\n", argv[0]);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	end = now() + atoi(argv[2]);
	seed = argc > 3 ? strtoull(argv[3], NULL, 0) : (uint64_t)time(NULL);
	state = random_start(seed);
	ret = vf_open(&vf, argv[1]);
	if (ret)
		die("%s cannot be opened: %s", argv[1], strerror(-ret));
	if (!vf.type || !vf.size[BAR0])
		die("%s has no legacy BAR0", argv[1]);
	vf_decode(&vf, true);
	while (now() < end)
		for (int i = 0; i < 64; i++)
			steps[below(ARRAY_SIZE(steps))]();
	check_usable();
	printf("# seed %llu: %lu accesses, %lu of them failed, %lu resets, %lu opens\n",
	       (unsigned long long)seed, accesses, failures, resets, opens);
	return 0;
}
