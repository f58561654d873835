// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first program of the hypervisor VM, from the initramfs: load the modules
 * the root disk needs, mount it, lay the lab's own files over it, hand over to
 * the agent. What fails here ends the VM, and the console says why.
 *
 * /boot.modules  module files to load, in order
 * /files/        what is laid over the root disk
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#define AGENT "/usr/lib/lab/agent"
#define DISK_WAIT_MS 20000

static void __attribute__((noreturn, format(printf, 1, 2)))
fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("lab-init: ", stderr);
	vfprintf(stderr, format, args);
	fprintf(stderr, ": %s\n", strerror(errno));
	va_end(args);
	sync();
	reboot(RB_AUTOBOOT);	/* with -no-reboot, QEMU ends */
	_exit(1);
}

static void load_module(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail("%s", path);
	/* ENODEV: an accelerated variant this CPU has no instructions for */
	if (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST && errno != ENODEV)
		fail("loading %s", path);
	close(fd);
}

static void load_modules(void)
{
	FILE *list = fopen("/boot.modules", "re");
	char line[512];

	if (!list)
		fail("/boot.modules");
	while (fgets(line, sizeof(line), list)) {
		line[strcspn(line, "\n")] = 0;
		if (*line)
			load_module(line);
	}
	fclose(list);
}

/* The disk's name depends on the order of probing, its serial does not. */
static int find_disk(const char *serial, char *path, size_t size)
{
	DIR *dir = opendir("/sys/block");
	struct dirent *entry;
	int found = 0;

	if (!dir)
		return 0;
	while (!found && (entry = readdir(dir))) {
		char file[512], text[64] = "";
		FILE *f;

		snprintf(file, sizeof(file), "/sys/block/%s/serial", entry->d_name);
		f = fopen(file, "re");
		if (!f)
			continue;
		if (fgets(text, sizeof(text), f) && !strncmp(text, serial, strlen(serial))) {
			snprintf(path, size, "/dev/%s", entry->d_name);
			found = 1;
		}
		fclose(f);
	}
	closedir(dir);
	return found;
}

static void mount_disk(const char *serial, const char *where)
{
	char path[300];
	int waited;

	for (waited = 0; !find_disk(serial, path, sizeof(path)); waited += 10) {
		if (waited >= DISK_WAIT_MS) {
			errno = ENODEV;
			fail("no disk %s after %d ms", serial, DISK_WAIT_MS);
		}
		usleep(10000);
	}
	if (mount(path, where, "ext4", MS_NOATIME, NULL))
		fail("mounting %s (%s) on %s", path, serial, where);
}

static void copy_file(const char *from, const char *to, mode_t mode)
{
	static char buffer[1 << 16];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	ssize_t n;

	if (in < 0 || out < 0)
		fail("copying %s to %s", from, to);
	while ((n = read(in, buffer, sizeof(buffer))) > 0)
		if (write(out, buffer, n) != n)
			fail("writing %s", to);
	if (n < 0)
		fail("reading %s", from);
	fchmod(out, mode);
	close(in);
	close(out);
}

static int lay_over(const char *from, const struct stat *st, int type, struct FTW *ftw)
{
	char to[4096];

	(void)ftw;
	snprintf(to, sizeof(to), "/root%s", from + strlen("/files"));
	if (type == FTW_D) {
		if (mkdir(to, 0755) && errno != EEXIST)
			fail("%s", to);
	} else {
		copy_file(from, to, st->st_mode & 07777);
	}
	return 0;
}

static void switch_root(void)
{
	static const char *const moved[] = { "/dev", "/proc", "/sys" };
	size_t i;

	for (i = 0; i < sizeof(moved) / sizeof(*moved); i++) {
		char to[32];

		snprintf(to, sizeof(to), "/root%s", moved[i]);
		if (mount(moved[i], to, NULL, MS_MOVE, NULL))
			fail("moving %s", moved[i]);
	}
	if (chdir("/root") || mount(".", "/", NULL, MS_MOVE, NULL) || chroot("."))
		fail("entering the root disk");
}

int main(void)
{
	char modules[256];
	struct utsname name;

	mkdir("/dev", 0755);
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mkdir("/root", 0755);
	if (mount("dev", "/dev", "devtmpfs", 0, NULL) ||
	    mount("proc", "/proc", "proc", 0, NULL) ||
	    mount("sys", "/sys", "sysfs", 0, NULL))
		fail("mounting /dev, /proc or /sys");
	load_modules();
	mount_disk("lab-root", "/root");
	uname(&name);
	snprintf(modules, sizeof(modules), "/root/usr/lib/modules/%s", name.release);
	if ((mkdir("/root/usr/lib/modules", 0755) && errno != EEXIST) ||
	    (mkdir(modules, 0755) && errno != EEXIST))
		fail("%s", modules);
	mount_disk("lab-modules", modules);
	if (nftw("/files", lay_over, 32, FTW_PHYS))
		fail("/files");
	switch_root();
	execl(AGENT, AGENT, (char *)NULL);
	fail(AGENT);
}
