// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which kernel modules does the guest run on? Those of /modules, or of /modules.NAME with
 * lab.modules=NAME on the kernel's command line, in that order.
 * Words NAME.PARAMETER=VALUE of the kernel's command line become parameters, as
 * modprobe would make them: the kernel does that only for what is built in.
 */
#define _GNU_SOURCE
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* "virtio_pci" of "/modules.d/virtio-pci.ko" */
static void module_name(const char *path, char *name, size_t size)
{
	const char *base = strrchr(path, '/');

	snprintf(name, size, "%s", base ? base + 1 : path);
	name[strcspn(name, ".")] = 0;
	for (char *c = name; *c; c++)
		if (*c == '-')
			*c = '_';
}

static void parameters(const char *name, char *text, size_t size)
{
	char line[2048], *word, *rest = line;
	size_t len = strlen(name);

	text[0] = 0;
	read_word(line, sizeof(line), "/proc/cmdline");
	while ((word = strsep(&rest, " "))) {
		if (strncmp(word, name, len) || word[len] != '.')
			continue;
		strncat(text, word + len + 1, size - strlen(text) - 1);
		strncat(text, " ", size - strlen(text) - 1);
	}
}

static bool load(const char *path)
{
	char name[64], text[512];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int error;

	if (fd < 0)
		return failed("%s: %s", path, strerror(errno));
	module_name(path, name, sizeof(name));
	parameters(name, text, sizeof(text));
	error = syscall(SYS_finit_module, fd, text, 0) ? errno : 0;
	close(fd);
	/* ENODEV: an accelerated variant that this processor cannot run */
	if (error && error != EEXIST && error != ENODEV)
		return failed("loading %s with '%s': %s", path, text, strerror(error));
	return true;
}

/* The list that the command line asks for */
static FILE *open_list(void)
{
	char name[64], path[80];
	FILE *list;

	parameters("lab", name, sizeof(name));
	name[strcspn(name, " ")] = 0;
	snprintf(path, sizeof(path), "/modules%s%s", *name ? "." : "",
		 *name ? name + strlen("modules=") : "");
	list = fopen(path, "re");
	if (!list)
		failed("%s: %s", path, strerror(errno));
	return list;
}

bool modules_load(void)
{
	FILE *list = open_list();
	char line[256];
	bool loaded = true;

	if (!list)
		return false;
	while (loaded && fgets(line, sizeof(line), list)) {
		line[strcspn(line, "\n")] = 0;
		loaded = !*line || load(line);
	}
	fclose(list);
	return loaded;
}
