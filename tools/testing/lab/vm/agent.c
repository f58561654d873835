// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1 of the hypervisor VM: prepares it (the boot script), runs the one job
 * the runner outside asks for, and tells the runner what happens, on channels
 * of its own, so that no verdict hangs on console text.
 *
 * Port lab.job, to the runner: H ready (status of the boot script), O stdout,
 *   R stderr, C so much stdin may follow (u32), X ended (exit status).
 *   From the runner: E environment, A argument, S start (rows, columns: two
 *   u16, 0 for no terminal), I stdin (empty: end of file).
 * Port lab.log, to the runner: B heartbeat, L a record of the kernel's log,
 *   G records were lost, F the log is complete (after X).
 */
#define _GNU_SOURCE
#include "job.h"
#include "port.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BOOT_SCRIPT "/usr/lib/lab/boot"
#define HEARTBEAT_SECONDS 2
#define STDIN_WINDOW (64 * 1024)
#define JOB_PORT "lab.job"
#define LOG_PORT "lab.log"
#define LOST_SECONDS 2
#define PORT_WAIT_S 600	/* the runner outside has a limit of its own, LAB_BOOT */

static struct port job_port, log_port;
static struct job job = { .in = -1, .out = -1, .err = -1 };
static pid_t boot_pid;
static int kmsg;

static uint8_t stdin_data[STDIN_WINDOW];
static size_t stdin_len;
static bool stdin_ended;

static void send_u32(struct port *port, uint8_t type, uint32_t value)
{
	uint8_t raw[4] = { value, value >> 8, value >> 16, value >> 24 };

	port_send(port, type, raw, sizeof(raw));
}

static pid_t start_boot_script(void)
{
	pid_t pid = fork();
	sigset_t none;

	if (pid)
		return pid;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execl(BOOT_SCRIPT, BOOT_SCRIPT, (char *)NULL);
	perror("lab-agent: " BOOT_SCRIPT);
	_exit(127);
}

/* The kernel's log, oldest record first; one read() gives one record. */
static void pump_kmsg(void)
{
	static char record[8192];

	while (port_has_room(&log_port)) {
		ssize_t n = read(kmsg, record, sizeof(record));

		if (n > 0)
			port_send(&log_port, 'L', record, n);
		else if (n < 0 && errno == EPIPE)
			port_send(&log_port, 'G', NULL, 0);
		else
			return;
	}
}

static void close_stream(int *fd)
{
	close(*fd);
	*fd = -1;
}

static void pump_output(int *fd, uint8_t type)
{
	static uint8_t data[FRAME_MAX];

	while (*fd >= 0 && port_has_room(&job_port)) {
		ssize_t n = read(*fd, data, sizeof(data));

		if (n > 0) {
			port_send(&job_port, type, data, n);
			continue;
		}
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (!job.tty)	/* a terminal may come back: another may open it */
			close_stream(fd);
		return;
	}
}

static void end_stdin(void)
{
	const uint8_t end_of_file = 4;

	if (job.tty) {
		if (write(job.in, &end_of_file, 1) == 1)
			stdin_ended = false;
		return;
	}
	close_stream(&job.in);
}

static void pump_stdin(void)
{
	ssize_t n;

	if (job.in < 0) {	/* nobody reads it any more */
		if (stdin_len)
			send_u32(&job_port, 'C', stdin_len);
		stdin_len = 0;
		return;
	}
	if (stdin_len) {
		n = write(job.in, stdin_data, stdin_len);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			if (!job.tty)
				close_stream(&job.in);
			return;
		}
		memmove(stdin_data, stdin_data + n, stdin_len - n);
		stdin_len -= n;
		send_u32(&job_port, 'C', n);
	}
	if (!stdin_len && stdin_ended)
		end_stdin();
}

static void start_job(const uint8_t *payload, size_t len)
{
	unsigned int rows = 0, columns = 0;

	if (len == 4) {
		rows = payload[0] | payload[1] << 8;
		columns = payload[2] | payload[3] << 8;
	}
	if (job.pid || job_start(&job, rows, columns)) {
		send_u32(&job_port, 'X', 125);
		return;
	}
	send_u32(&job_port, 'C', STDIN_WINDOW);
}

static void take_stdin(const uint8_t *payload, size_t len)
{
	if (!len)
		stdin_ended = true;
	if (len > sizeof(stdin_data) - stdin_len)
		len = sizeof(stdin_data) - stdin_len;	/* a runner that ignores credit */
	memcpy(stdin_data + stdin_len, payload, len);
	stdin_len += len;
}

static void handle_frame(uint8_t type, const uint8_t *payload, size_t len)
{
	switch (type) {
	case 'A':
		job_add_argument(payload, len);
		break;
	case 'E':
		job_add_environment(payload, len);
		break;
	case 'S':
		start_job(payload, len);
		break;
	case 'I':
		take_stdin(payload, len);
		break;
	}
}

/* As a shell gives it. */
static int exit_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* What the job wrote before its end is sent before its end is told. */
static void end_job(int status)
{
	int streams;

	for (streams = 0; streams < 1000; streams++) {
		pump_output(&job.out, 'O');
		pump_output(&job.err, 'R');
		if (port_has_room(&job_port))
			break;
		while (!port_has_room(&job_port)) {
			struct pollfd wait = { .fd = job_port.fd, .events = POLLOUT };

			poll(&wait, 1, 1000);
			port_flush(&job_port);
			port_send(&log_port, 'B', NULL, 0);
			port_flush(&log_port);
		}
	}
	pump_kmsg();
	port_send(&log_port, 'F', NULL, 0);
	send_u32(&job_port, 'X', exit_status(status));
	job.pid = 0;
}

static void reap(int signals)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	while (read(signals, &info, sizeof(info)) == sizeof(info))
		;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == boot_pid)
			send_u32(&job_port, 'H', exit_status(status));
		else if (pid == job.pid)
			end_job(status);
	}
}

static int watch_children(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static int start_heart(void)
{
	struct itimerspec every = {
		.it_value = { .tv_sec = HEARTBEAT_SECONDS },
		.it_interval = { .tv_sec = HEARTBEAT_SECONDS },
	};
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

	timerfd_settime(fd, 0, &every, NULL);
	return fd;
}

static void beat(int heart)
{
	uint64_t expirations;

	if (read(heart, &expirations, sizeof(expirations)) > 0 && port_has_room(&log_port))
		port_send(&log_port, 'B', NULL, 0);
}

static short output_events(const struct port *port)
{
	return POLLIN | (port_wants_out(port) ? POLLOUT : 0);
}

/* A stream is watched only while there is room for what it may bring. */
static int when(bool wanted, int fd)
{
	return wanted ? fd : -1;
}

/* The driver adds ports when the device names them, some time after it was loaded. */
static bool port_wait(struct port *port, const char *name)
{
	for (int i = 0; i < PORT_WAIT_S * 100; i++) {
		if (port_open(port, name))
			return true;
		usleep(10000);
	}
	return false;
}

static void open_ports(void)
{
	if (port_wait(&job_port, JOB_PORT) && port_wait(&log_port, LOG_PORT))
		return;
	fprintf(stderr, "lab-agent: no virtio-serial port " JOB_PORT " or " LOG_PORT
		" within %d s\n", PORT_WAIT_S);
	reboot(RB_AUTOBOOT);
}

/*
 * After a sleep of the VM it takes a moment until the emulator says again that the
 * ports are connected. Linux 7.3's virtio_console asks before it has given the device
 * a buffer to answer in: what the answer was, it only learns when it is bound anew.
 */
static void keep_connected(int lost)
{
	static struct timespec since;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!lost || !since.tv_sec) {
		since = lost ? now : (struct timespec){};
		return;
	}
	usleep(10000);
	if (now.tv_sec - since.tv_sec < LOST_SECONDS)
		return;
	port_close(&job_port);
	port_close(&log_port);
	port_renew(JOB_PORT);
	open_ports();
	since = (struct timespec){};
}

static void run(int signals, int heart)
{
	for (;;) {
		bool room = port_has_room(&job_port);
		struct pollfd polled[] = {
			{ .fd = job_port.fd, .events = output_events(&job_port) },
			{ .fd = log_port.fd, .events = output_events(&log_port) },
			{ .fd = signals, .events = POLLIN },
			{ .fd = heart, .events = POLLIN },
			{ .fd = when(port_has_room(&log_port), kmsg), .events = POLLIN },
			{ .fd = when(room, job.out), .events = POLLIN },
			{ .fd = when(room, job.err), .events = POLLIN },
			{ .fd = when(stdin_len, job.in), .events = POLLOUT },
		};

		poll(polled, sizeof(polled) / sizeof(*polled), -1);
		keep_connected(polled[0].revents & polled[1].revents & POLLHUP);
		port_receive(&job_port, handle_frame);
		beat(heart);
		pump_kmsg();
		pump_output(&job.out, 'O');
		pump_output(&job.err, 'R');
		if (stdin_len || stdin_ended)
			pump_stdin();
		reap(signals);
		port_flush(&log_port);
		port_flush(&job_port);
	}
}

int main(void)
{
	int signals = watch_children(), heart = start_heart();

	clearenv();
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	setenv("LANG", "C.UTF-8", 1);
	kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	open_ports();
	boot_pid = start_boot_script();
	run(signals, heart);
	return 1;
}
