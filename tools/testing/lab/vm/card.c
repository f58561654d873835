// SPDX-License-Identifier: GPL-2.0-only
/*
 * card: talk to the emulated card from inside the hypervisor VM.
 *
 * The emulator's control socket (QMP, lines of JSON) is reached through the
 * virtio-serial port lab.qmp. Objects are those of the emulator's command line:
 * pf0, pf1.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define ANSWER_WAIT_MS 10000
#define ANSWER_MAX (1 << 20)

static void __attribute__((noreturn, format(printf, 1, 2)))
fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("card: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

static bool is_control_port(const char *device)
{
	char file[300], name[64] = "";
	FILE *f;

	snprintf(file, sizeof(file), "/sys/class/virtio-ports/%s/name", device);
	f = fopen(file, "re");
	if (!f)
		return false;
	if (!fgets(name, sizeof(name), f))
		name[0] = 0;
	fclose(f);
	return !strcmp(name, "lab.qmp\n");
}

/* A port can be opened once: others wait for the lock, not for the port. */
static int open_control_port(void)
{
	int fd = -1, lock = open("/run/card.lock", O_RDWR | O_CREAT, 0600);
	DIR *dir = opendir("/sys/class/virtio-ports");
	struct dirent *entry;
	char path[300];

	if (lock < 0 || flock(lock, LOCK_EX))
		fail("/run/card.lock: %s", strerror(errno));
	while (dir && fd < 0 && (entry = readdir(dir))) {
		if (!is_control_port(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		fd = open(path, O_RDWR | O_NONBLOCK);
		if (fd < 0)
			fail("%s: %s", path, strerror(errno));
	}
	if (fd < 0)
		fail("this VM has no virtio-serial port lab.qmp");
	return fd;
}

/* Append @text as a JSON string. */
static void put_string(FILE *to, const char *text)
{
	fputc('"', to);
	for (; *text; text++) {
		unsigned char c = *text;

		if (c == '"' || c == '\\')
			fprintf(to, "\\%c", c);
		else if (c < 0x20)
			fprintf(to, "\\u%04x", c);
		else
			fputc(c, to);
	}
	fputc('"', to);
}

/* true, false and numbers go as they are, all else as a string. */
static void put_value(FILE *to, const char *text)
{
	char *end;

	if (*text) {
		strtod(text, &end);
		if (!*end || !strcmp(text, "true") || !strcmp(text, "false")) {
			fputs(text, to);
			return;
		}
	}
	put_string(to, text);
}

/* The end of the JSON value that starts at @at. */
static const char *skip_value(const char *at)
{
	bool quoted = false;
	int depth = 0;

	for (; *at; at++) {
		if (quoted) {
			if (*at == '\\' && at[1])
				at++;
			else if (*at == '"')
				quoted = false;
		} else if (*at == '"') {
			quoted = true;
		} else if (*at == '{' || *at == '[') {
			depth++;
		} else if (*at == '}' || *at == ']') {
			if (!depth--)
				return at;
		} else if (*at == ',' && !depth) {
			return at;
		}
	}
	return at;
}

/* The value of member @name of the object @text, or NULL. */
static const char *member(const char *text, const char *name)
{
	const char *at = strchr(text, '{');
	size_t len = strlen(name);

	while (at && *at && *at != '}') {
		const char *key = strchr(at, '"'), *value;

		value = key ? strstr(key + 1, "\":") : NULL;
		if (!value)
			return NULL;
		at = value + 2;
		while (*at == ' ')
			at++;
		if ((size_t)(value - key - 1) == len && !strncmp(key + 1, name, len))
			return at;
		at = skip_value(at);
	}
	return NULL;
}

/* Print a value; a string without its quotes and escapes. */
static void print_value(FILE *to, const char *value)
{
	const char *end = skip_value(value);

	if (*value != '"') {
		fprintf(to, "%.*s\n", (int)(end - value), value);
		return;
	}
	for (value++; value < end && *value != '"'; value++) {
		if (*value != '\\') {
			fputc(*value, to);
			continue;
		}
		value++;
		if (*value == 'u') {
			fputc(strtol((char[]){ value[3], value[4], 0 }, NULL, 16), to);
			value += 4;
		} else {
			fputc(*value == 'n' ? '\n' : *value == 't' ? '\t' : *value, to);
		}
	}
	fputc('\n', to);
}

static void send_line(int fd, const char *line, size_t len)
{
	while (len) {
		struct pollfd wait = { .fd = fd, .events = POLLOUT };
		ssize_t n;

		if (poll(&wait, 1, ANSWER_WAIT_MS) < 1)
			fail("the emulator does not take the command");
		n = write(fd, line, len);
		if (n < 0 && errno != EAGAIN)
			fail("lab.qmp: %s", strerror(errno));
		if (n > 0) {
			line += n;
			len -= n;
		}
	}
}

/* One line from the emulator, without its end. */
static char *receive_line(int fd)
{
	static char buffer[ANSWER_MAX];
	static size_t have, used;
	char *end;

	memmove(buffer, buffer + used, have - used);
	have -= used;
	used = 0;
	while (!(end = memchr(buffer, '\n', have))) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		ssize_t n;

		if (have == sizeof(buffer))
			fail("the emulator's answer is longer than %d bytes", ANSWER_MAX);
		if (poll(&wait, 1, ANSWER_WAIT_MS) < 1)
			fail("no answer from the emulator in %d ms", ANSWER_WAIT_MS);
		n = read(fd, buffer + have, sizeof(buffer) - have);
		if (n < 0 && errno != EAGAIN)
			fail("lab.qmp: %s", strerror(errno));
		have += n > 0 ? n : 0;
	}
	*end = 0;
	used = end + 1 - buffer;
	return buffer;
}

/* The answer to the command with this id; greetings and events are passed over. */
static char *receive_answer(int fd, const char *id)
{
	for (;;) {
		char *line = receive_line(fd);
		const char *got = member(line, "id");

		if (got && *got == '"' && !strncmp(got + 1, id, strlen(id)) &&
		    got[1 + strlen(id)] == '"')
			return line;
	}
}

/*
 * Send @command, a JSON object without id, and print its result. The control
 * session outlives us, so capabilities may be negotiated already: an error of
 * that first command says nothing.
 */
static int execute(const char *command)
{
	const char *hello = "{\"execute\":\"qmp_capabilities\",\"id\":\"%s\"}\n";
	char hello_id[32], id[32], *line, *answer;
	const char *value;
	int fd = open_control_port();

	snprintf(hello_id, sizeof(hello_id), "hello-%d", getpid());
	snprintf(id, sizeof(id), "card-%d", getpid());
	if (asprintf(&line, hello, hello_id) < 0)
		fail("out of memory");
	send_line(fd, line, strlen(line));
	receive_answer(fd, hello_id);
	if (asprintf(&line, "{\"id\":\"%s\",%s\n", id, strchr(command, '{') + 1) < 0)
		fail("out of memory");
	send_line(fd, line, strlen(line));
	answer = receive_answer(fd, id);
	value = member(answer, "error");
	if (value) {
		fputs("card: ", stderr);
		print_value(stderr, member(value, "desc") ?: value);
		return 1;
	}
	value = member(answer, "return");
	if (value && strncmp(value, "{}", 2))
		print_value(stdout, value);
	return 0;
}

static int property(const char *verb, const char *id, const char *name, const char *value)
{
	char *command, *path;
	size_t size;
	FILE *to = open_memstream(&command, &size);

	if (!to || asprintf(&path, "%s%s", *id == '/' ? "" : "/machine/peripheral/", id) < 0)
		fail("out of memory");
	fprintf(to, "{\"execute\":\"%s\",\"arguments\":{\"path\":", verb);
	put_string(to, path);
	fputs(",\"property\":", to);
	put_string(to, name);
	if (value) {
		fputs(",\"value\":", to);
		if (!strcmp(name, "faults"))
			put_string(to, value);
		else
			put_value(to, value);
	}
	fputs("}}", to);
	fclose(to);
	return execute(command);
}

static void __attribute__((noreturn)) usage(void)
{
	fputs("usage: card faults ID FAULTS      set the card's faults, '' for none\n"
	      "       card stats ID              what the card counted, JSON\n"
	      "       card get ID PROPERTY       any property of the device\n"
	      "       card set ID PROPERTY VALUE\n"
	      "       card qmp JSON              one QMP command\n", stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	if (!strcmp(verb, "faults") && argc == 4)
		return property("qom-set", argv[2], "faults", argv[3]);
	if (!strcmp(verb, "stats") && argc == 3)
		return property("qom-get", argv[2], "stats", NULL);
	if (!strcmp(verb, "get") && argc == 4)
		return property("qom-get", argv[2], argv[3], NULL);
	if (!strcmp(verb, "set") && argc == 5)
		return property("qom-set", argv[2], argv[3], argv[4]);
	if (!strcmp(verb, "qmp") && argc == 3 && strchr(argv[2], '{'))
		return execute(argv[2]);
	usage();
}
