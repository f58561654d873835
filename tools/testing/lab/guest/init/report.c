// SPDX-License-Identifier: GPL-2.0-only
/* How a report gets to the launcher: see report.h. */
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static int port = -1;
static char text[8192];
static size_t len;

bool report_open(void)
{
	struct termios raw;

	port = open(REPORT_PORT, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (port < 0 || tcgetattr(port, &raw))
		return false;
	cfmakeraw(&raw);
	cfsetspeed(&raw, B115200);
	raw.c_cflag |= CLOCAL;
	return !tcsetattr(port, TCSANOW, &raw);
}

static void put(char c)
{
	/* room for the end of the line is always left */
	if (len < sizeof(text) - 8)
		text[len++] = c;
}

static void put_string(const char *s)
{
	put('"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			put('\\');
		put((unsigned char)*s < ' ' ? ' ' : *s);
	}
	put('"');
}

void report_begin(const char *name)
{
	len = 0;
	put('{');
	put_string("report");
	put(':');
	put_string(name);
}

void report_add(const char *key, const char *format, ...)
{
	char value[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	put(',');
	put_string(key);
	put(':');
	put_string(value);
}

void report_end(void)
{
	size_t at = 0;

	text[len++] = '}';
	text[len++] = '\n';
	while (at < len) {
		ssize_t n = write(port, text + at, len - at);

		if (n < 0 && errno != EINTR)
			return;
		if (n > 0)
			at += n;
	}
}

bool report_read_line(char *line, size_t size)
{
	size_t have = 0;
	char c;

	for (;;) {
		ssize_t n = read(port, &c, 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		if (c == '\n')
			break;
		if (have < size - 1)
			line[have++] = c;
	}
	line[have] = 0;
	return true;
}

void report_drain(void)
{
	tcdrain(port);
}
