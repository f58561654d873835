// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does the guest see on its PCI bus, and which way did its virtio driver
 * take? The way is proven twice: by who owns the I/O ports (/proc/ioports) and by
 * feature bits 32 and above, which the legacy interface cannot transport.
 */
#define _GNU_SOURCE
#include "guest.h"
#include "report.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PCI		"/sys/bus/pci/devices"
#define VIRTIO		"/sys/bus/virtio/devices"
#define RESOURCE_IO	0x100
#define BARS		6
#define LEGACY_FEATURES	32

struct ports {
	unsigned long start, end;	/* end is inclusive; both 0 when there are none */
};

/* The first I/O BAR. */
static struct ports io_ports(const char *slot)
{
	struct ports ports = { 0 };
	unsigned long start, end, flags;
	char path[300];
	FILE *f;

	snprintf(path, sizeof(path), PCI "/%s/resource", slot);
	f = fopen(path, "re");
	for (int bar = 0; f && bar < BARS; bar++) {
		if (fscanf(f, "%lx %lx %lx", &start, &end, &flags) != 3)
			break;
		if (flags & RESOURCE_IO && end) {
			ports.start = start;
			ports.end = end;
			break;
		}
	}
	if (f)
		fclose(f);
	return ports;
}

/* The innermost owner of a range of I/O ports, "" when nobody has it. */
static void ports_owner(struct ports ports, char *owner, size_t size)
{
	char line[256];
	FILE *f = fopen("/proc/ioports", "re");

	owner[0] = 0;
	while (f && fgets(line, sizeof(line), f)) {
		unsigned long start, end;
		char name[128];

		if (sscanf(line, " %lx-%lx : %127[^\n]", &start, &end, name) == 3 &&
		    start == ports.start && end == ports.end)
			snprintf(owner, size, "%s", name);
	}
	if (f)
		fclose(f);
}

/* The last component of where a link points; "" when there is no link. */
static const char *link_name(char *buffer, size_t size, const char *path)
{
	char target[512];
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	const char *base;

	buffer[0] = 0;
	if (n <= 0)
		return buffer;
	target[n] = 0;
	base = strrchr(target, '/');
	snprintf(buffer, size, "%s", base ? base + 1 : target);
	return buffer;
}

static int no_dots(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* The names in a folder, sorted and separated by spaces. */
static int list(const char *path, char *text, size_t size)
{
	struct dirent **names;
	int n = scandir(path, &names, no_dots, alphasort);

	text[0] = 0;
	for (int i = 0; i < n; i++) {
		snprintf(text + strlen(text), size - strlen(text), "%s%s", i ? " " : "",
			 names[i]->d_name);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return n > 0 ? n : 0;
}

static void add_hex(const char *key, const char *slot, const char *first, const char *second)
{
	char a[32], b[32];

	read_word(a, sizeof(a), PCI "/%s/%s", slot, first);
	read_word(b, sizeof(b), PCI "/%s/%s", slot, second);
	report_add(key, "%s:%s", a[0] ? a + 2 : "", b[0] ? b + 2 : "");
}

static void report_function(const char *slot)
{
	struct ports ports = io_ports(slot);
	char word[128], path[300];

	report_begin("pci");
	report_add("slot", "%s", slot);
	add_hex("id", slot, "vendor", "device");
	add_hex("subsystem", slot, "subsystem_vendor", "subsystem_device");
	report_add("class", "%s", read_word(word, sizeof(word), PCI "/%s/class", slot));
	report_add("revision", "%s", read_word(word, sizeof(word), PCI "/%s/revision", slot));
	if (ports.end)
		report_add("io", "%lx-%lx", ports.start, ports.end);
	snprintf(path, sizeof(path), PCI "/%s/driver", slot);
	report_add("driver", "%s", link_name(word, sizeof(word), path));
	report_end();
}

static bool each(const char *folder, void (*report)(const char *name))
{
	struct dirent **names;
	int n = scandir(folder, &names, no_dots, alphasort);

	if (n < 0)
		return failed("no %s", folder);
	for (int i = 0; i < n; i++) {
		report(names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return true;
}

bool action_pci(const struct words *args)
{
	(void)args;
	return each(PCI, report_function);
}

static int bits_set(const char *features, size_t from)
{
	int set = 0;

	for (size_t i = from; i < strlen(features); i++)
		set += features[i] == '1';
	return set;
}

static const char *way(const char *owner, int high_bits)
{
	if (!strcmp(owner, "virtio-pci-legacy"))
		return high_bits ? "contradiction" : "legacy";
	return high_bits ? "modern" : "unknown";
}

/* The PCI function below a virtio device. */
static void parent_slot(const char *device, char *slot, size_t size)
{
	char path[300], *real;

	snprintf(path, sizeof(path), VIRTIO "/%s", device);
	real = realpath(path, NULL);
	slot[0] = 0;
	if (!real)
		return;
	*strrchr(real, '/') = 0;
	snprintf(slot, size, "%s", strrchr(real, '/') + 1);
	free(real);
}

/*
 * How often each of the device's vectors has fired, in their order: the lines of
 * /proc/interrupts that end in "virtioN-NAME", summed over processors.
 */
static void count_interrupts(const char *device, char *text, size_t size)
{
	FILE *f = fopen("/proc/interrupts", "re");
	char line[1024];

	text[0] = 0;
	while (f && fgets(line, sizeof(line), f)) {
		char *at = strchr(line, ':'), *name = strrchr(line, ' '), *end;
		unsigned long sum = 0, n;

		if (!at || !name || strncmp(name + 1, device, strlen(device)) ||
		    name[1 + strlen(device)] != '-')
			continue;
		for (at++; n = strtoul(at, &end, 10), end != at; at = end)
			sum += n;
		name[strcspn(name, "\n")] = 0;
		snprintf(text + strlen(text), size - strlen(text), "%s%s:%lu", *text ? " " : "",
			 name + strlen(device) + 2, sum);
	}
	if (f)
		fclose(f);
}

unsigned long count_line(const char *device, int *sharers)
{
	FILE *f = fopen("/proc/interrupts", "re");
	unsigned long sum = 0, n;
	char line[1024];

	while (f && fgets(line, sizeof(line), f)) {
		char *at = strchr(line, ':'), *end, *name, *rest = NULL;
		unsigned long count = 0;
		int commas = 0;
		bool ours = false;

		if (!at)
			continue;
		for (at++; n = strtoul(at, &end, 10), end != at; at = end)
			count += n;
		for (char *c = at; *c; c++)
			commas += *c == ',';
		for (name = strtok_r(at, " ,\n", &rest); name; name = strtok_r(NULL, " ,\n", &rest))
			ours |= !strcmp(name, device);
		sum += ours ? count : 0;
		if (ours && sharers)
			*sharers = commas + 1;
	}
	if (f)
		fclose(f);
	return sum;
}

/* Of a network interface the transmit queues, of a disk its hardware queues */
static int count_queues(const char *interface, const char *disk)
{
	char path[300], names[1024];
	int n;

	if (*interface)
		snprintf(path, sizeof(path), "/sys/class/net/%s/queues", interface);
	else
		snprintf(path, sizeof(path), "/sys/block/%s/mq", disk);
	n = list(path, names, sizeof(names));
	return *interface ? n / 2 : n;
}

static void report_virtio(const char *device)
{
	char slot[64], word[128], path[300], owner[128], features[160];
	char disk[128], interrupts[1024];
	struct ports ports;
	int high;

	parent_slot(device, slot, sizeof(slot));
	ports = io_ports(slot);
	ports_owner(ports, owner, sizeof(owner));
	read_word(features, sizeof(features), VIRTIO "/%s/features", device);
	high = bits_set(features, LEGACY_FEATURES);

	report_begin("virtio");
	report_add("device", "%s", device);
	report_add("slot", "%s", slot);
	report_add("type", "%s", read_word(word, sizeof(word), VIRTIO "/%s/device", device));
	snprintf(path, sizeof(path), VIRTIO "/%s/driver", device);
	report_add("driver", "%s", link_name(word, sizeof(word), path));
	report_add("way", "%s", way(owner, high));
	report_add("ports", "%lx-%lx", ports.start, ports.end);
	report_add("ports_owner", "%s", owner);
	report_add("features", "%s", features);
	report_add("features_from_32", "%d", high);
	report_add("status", "%s", read_word(word, sizeof(word), VIRTIO "/%s/status", device));
	snprintf(path, sizeof(path), PCI "/%s/msi_irqs", slot);
	report_add("vectors", "%d", list(path, word, sizeof(word)));
	snprintf(path, sizeof(path), VIRTIO "/%s/net", device);
	list(path, word, sizeof(word));
	report_add("interface", "%s", word);
	snprintf(path, sizeof(path), VIRTIO "/%s/block", device);
	list(path, disk, sizeof(disk));
	report_add("disk", "%s", disk);
	report_add("queues", "%d", *word || *disk ? count_queues(word, disk) : 0);
	count_interrupts(device, interrupts, sizeof(interrupts));
	report_add("interrupts", "%s", interrupts);
	report_add("line", "%lu", count_line(device, NULL));
	report_end();
}

bool action_virtio(const struct words *args)
{
	(void)args;
	return each(VIRTIO, report_virtio);
}
