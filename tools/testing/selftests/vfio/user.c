// SPDX-License-Identifier: GPL-2.0-only
/*
 * A user of a VF that does as it is told: user ADDRESS [obey]
 *
 * Reads a line, does it, prints what came of it and how many milliseconds it
 * took. The VF is open until `quit` or the input's end, or with `obey` until vfio
 * asks for the device, which is how VMMs are told to give it up.
 *
 *	r OFFSET LEN		read BAR0: the value, or a negative errno
 *	w OFFSET LEN VALUE	write BAR0: 0, or a negative errno
 *	c OFFSET LEN		read configuration space
 *	decode			I/O ports on: 0, or a negative errno
 *	reset			VFIO_DEVICE_RESET
 *	tie QUEUE		an eventfd to a queue's notification: 0, or a negative errno
 *	state			the state of a migration, by its number
 *	state NUMBER		VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE: 0, or a negative errno
 *	save FILE		append what there is to read from the state's file: bytes, or a
 *				negative errno; that there is no more for now is none
 *	load FILE		write all of it to the state's file: 0, or a negative errno
 *	log			VFIO_DEVICE_FEATURE_DMA_LOGGING_START of 256 MiB at 4 GiB: 0, or
 *				a negative errno
 *	unlog			VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP
 *	report			VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT of them: number of pages, or
 *				a negative errno
 *	& ...			any of these, beside what comes next
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "migration.h"

static struct vf vf;
static int state_fd = -1;

static long long now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

/* The eventfd stays until the end, tied or not */
static int tie(unsigned int queue)
{
	struct vfio_device_ioeventfd request = {
		.argsz = sizeof(request),
		.flags = VFIO_DEVICE_IOEVENTFD_16,
		.offset = vf.offset[BAR0] + QUEUE_NOTIFY,
		.data = queue,
		.fd = eventfd(0, EFD_CLOEXEC),
	};

	return ioctl(vf.device, VFIO_DEVICE_IOEVENTFD, &request) ? -errno : 0;
}

static long long set_state(unsigned int state)
{
	int fd, ret = mig_set(&vf, state, &fd);

	if (fd >= 0) {
		if (state_fd >= 0)
			close(state_fd);
		state_fd = fd;
	}
	return ret;
}

static long long save(const char *path)
{
	static struct mig_stream stream;
	int ret, fd;

	stream.len = 0;
	ret = mig_read(state_fd, &stream);
	if (ret && ret != ENOMSG)
		return -ret;
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd < 0)
		return -errno;
	ret = mig_write(fd, stream.bytes, stream.len, 0);
	close(fd);
	return ret ? ret : stream.len;
}

static long long load(const char *path)
{
	static struct mig_stream stream;
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		return -errno;
	stream.len = 0;
	mig_read(fd, &stream);
	close(fd);
	return mig_write(state_fd, stream.bytes, stream.len, 0);
}

static const struct log_range logged = { 1UL << 32, 1UL << 28 };

static long long start_log(void)
{
	uint64_t page_size = 4096;

	return log_start(&vf, &page_size, &logged, 1);
}

static long long report(void)
{
	uint64_t bits[(1UL << 28) / 4096 / 64] = {};
	long long n = 0;
	int ret = log_report(&vf, logged.iova, logged.length, 4096, bits);

	for (int i = 0; i < ARRAY_SIZE(bits); i++)
		n += __builtin_popcountll(bits[i]);
	return ret ? ret : n;
}

static long long command(const char *line)
{
	unsigned long long value;
	unsigned int offset, len;
	char path[100];

	if (sscanf(line, "r %i %u", (int *)&offset, &len) == 2)
		return vf_read(&vf, BAR0, offset, len);
	if (sscanf(line, "w %i %u %lli", (int *)&offset, &len, (long long *)&value) == 3)
		return vf_write(&vf, BAR0, offset, len, value);
	if (sscanf(line, "c %i %u", (int *)&offset, &len) == 2)
		return vf_read(&vf, CONFIG, offset, len);
	if (sscanf(line, "tie %u", &offset) == 1)
		return tie(offset);
	if (sscanf(line, "state %u", &offset) == 1)
		return set_state(offset);
	if (!strncmp(line, "decode", 6))
		return vf_decode(&vf, true);
	if (!strncmp(line, "state", 5))
		return mig_state(&vf);
	if (sscanf(line, "save %99s", path) == 1)
		return save(path);
	if (sscanf(line, "load %99s", path) == 1)
		return load(path);
	if (!strncmp(line, "log", 3))
		return start_log();
	if (!strncmp(line, "unlog", 5))
		return log_stop(&vf);
	if (!strncmp(line, "report", 6))
		return report();
	if (!strncmp(line, "reset", 5))
		return vf_reset(&vf);
	fprintf(stderr, "user: cannot do: %s", line);
	exit(2);
}

static void do_command(const char *line)
{
	long long start = now_ms(), value = command(line);

	printf("%lld %lld\n", value, now_ms() - start);
}

static void *do_beside(void *line)
{
	do_command(line);
	free(line);
	return NULL;
}

static void start_beside(const char *line)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, do_beside, strdup(line)))
		exit(2);
	pthread_detach(thread);
}

static void *wait_for_request(void *arg)
{
	int fd = *(int *)arg;
	uint64_t count;

	if (read(fd, &count, sizeof(count)) == sizeof(count)) {
		printf("asked\n");
		_exit(0);
	}
	return NULL;
}

static int obey(void)
{
	static int fd;
	struct {
		struct vfio_irq_set set;
		int32_t fd;
	} irq = {
		.set = {
			.argsz = sizeof(irq),
			.flags = VFIO_IRQ_SET_ACTION_TRIGGER | VFIO_IRQ_SET_DATA_EVENTFD,
			.index = VFIO_PCI_REQ_IRQ_INDEX,
			.count = 1,
		},
	};
	pthread_t thread;

	fd = eventfd(0, EFD_CLOEXEC);
	irq.fd = fd;
	if (fd < 0 || ioctl(vf.device, VFIO_DEVICE_SET_IRQS, &irq))
		return -1;
	return pthread_create(&thread, NULL, wait_for_request, &fd);
}

int main(int argc, char **argv)
{
	char line[128];
	int ret;

	if (argc < 2) {
		fprintf(stderr, "usage: %s ADDRESS [obey]\n", argv[0]);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	ret = vf_open(&vf, argv[1]);
	if (!ret)
		ret = vf_decode(&vf, true);
	if (!ret && argc > 2)
		ret = obey();
	if (ret) {
		printf("cannot be opened: %s\n", strerror(-ret));
		return 1;
	}
	printf("open\n");
	while (fgets(line, sizeof(line), stdin) && strncmp(line, "quit", 4)) {
		if (!strncmp(line, "& ", 2))
			start_beside(line + 2);
		else
			do_command(line);
	}
	return 0;
}
