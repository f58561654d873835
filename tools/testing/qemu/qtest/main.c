// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs the rows, each on every card it is for, and reports in KTAP.
 *
 * usage: card-qtest [-l] [-j JOBS] [PATTERN...]
 *   -l	list the tests	  PATTERN: part of a test's name
 * QTEST_QEMU_BINARY is the emulator.
 *
 * A test is a process of its own: one that fails, or hangs for too long, takes
 * nothing with it.
 */
#include "rows.h"
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define LIMIT_S		180
#define JOBS_MAX	16

static const struct family *const families[] = {
	&pci_family, &list_family, &command_family, &legacy_family, &notify_family,
	&interface_family, &fault_family, &chains_family, &hostile_family, &iommu_family,
	&reset_family, &switch_family, &packed_family, &life_family, &again_family,
	&hold_family, &objects_family, &parts_family, &mode_family, &restore_family,
	&spoil_family, &log_family, &ifc_family, &suspend_family,
};

/* One row on one card */
struct test {
	char *name;
	const struct row *row;
	bool blk, strict;
};

struct job {
	const struct test *test;
	pid_t pid;
	int log;
	gint64 since;
};

static bool wanted(const char *name, char **patterns)
{
	if (!*patterns)
		return true;
	for (; *patterns; patterns++)
		if (strstr(name, *patterns))
			return true;
	return false;
}

static void add(GArray *tests, const struct family *family, const struct row *row, bool blk,
		bool strict, char **patterns)
{
	struct test test = {
		.name = g_strdup_printf("%s/%s %s %s", family->name, row->name,
					blk ? "blk" : "net", strict ? "strict" : "tolerant"),
		.row = row,
		.blk = blk,
		.strict = strict,
	};

	if (wanted(test.name, patterns))
		g_array_append_val(tests, test);
}

static GArray *collect(char **patterns)
{
	GArray *tests = g_array_new(false, false, sizeof(struct test));

	for (size_t f = 0; f < ARRAY_SIZE(families); f++) {
		for (size_t r = 0; r < families[f]->count; r++) {
			const struct row *row = &families[f]->rows[r];

			for (int blk = 0; blk < 2; blk++)
				for (int strict = 0; strict < 2; strict++)
					if (row->on & (blk ? BLK : NET) &&
					    row->on & (strict ? STRICT : TOLERANT))
						add(tests, families[f], row, blk, strict, patterns);
		}
	}
	return tests;
}

/* In the child. */
static void run(const struct test *test)
{
	static struct card card;
	struct card_options options = {
		.blk = test->blk,
		.strict = test->strict,
		.level = test->row->level,
		.vfs = test->row->vfs,
		.args = test->row->args,
		.machine_args = test->row->machine_args,
	};

	card_start(&card, &options);
	card_reach(&card, options.level);
	test->row->run(&card);
	card_stop(&card);
}

static void start(struct job *job, const struct test *test)
{
	char path[] = "/tmp/card-qtest-XXXXXX";

	job->test = test;
	job->since = g_get_monotonic_time();
	job->log = g_mkstemp(path);
	g_assert_cmpint(job->log, >=, 0);
	unlink(path);
	fflush(stdout);
	job->pid = fork();
	g_assert_cmpint(job->pid, >=, 0);
	if (job->pid)
		return;
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(job->log, STDOUT_FILENO);
	dup2(job->log, STDERR_FILENO);
	run(test);
	fflush(NULL);
	_exit(0);
}

static void show_log(int log)
{
	g_autofree char *text = NULL;
	off_t len = lseek(log, 0, SEEK_END);
	size_t max = MIN(len, 8192);
	char *line, *rest;

	text = g_malloc0(max + 1);
	if (pread(log, text, max, len - max) < 0)
		return;
	for (rest = text; (line = strsep(&rest, "\n"));)
		if (*line)
			printf("# %s\n", line);
}

static bool report(struct job *job, unsigned int number, int status)
{
	bool ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	double took = (g_get_monotonic_time() - job->since) / 1e6;

	/* What it left running goes with it. */
	kill(-job->pid, SIGKILL);
	if (!ok || took > 10) {
		show_log(job->log);
		printf("# status %#x after %.1f s; for: %s\n", status, took, job->test->row->says);
	}
	close(job->log);
	job->pid = 0;
	printf("%s %u - %s\n", ok ? "ok" : "not ok", number, job->test->name);
	fflush(stdout);
	return ok;
}

static void end_overdue(struct job *jobs, unsigned int count)
{
	gint64 now = g_get_monotonic_time();

	for (unsigned int i = 0; i < count; i++)
		if (jobs[i].pid && now - jobs[i].since > LIMIT_S * G_USEC_PER_SEC) {
			printf("# no end within %d s\n", LIMIT_S);
			kill(-jobs[i].pid, SIGKILL);
		}
}

static struct job *find(struct job *jobs, pid_t pid)
{
	while (jobs->pid != pid)
		jobs++;
	return jobs;
}

static unsigned int run_all(GArray *tests, unsigned int count)
{
	struct job jobs[JOBS_MAX] = {};
	unsigned int next = 0, done = 0, failed = 0;

	while (done < tests->len) {
		pid_t pid;
		int status;

		for (unsigned int i = 0; i < count; i++)
			if (!jobs[i].pid && next < tests->len)
				start(&jobs[i], &g_array_index(tests, struct test, next++));
		pid = waitpid(-1, &status, WNOHANG);
		if (pid > 0) {
			failed += !report(find(jobs, pid), ++done, status);
			continue;
		}
		end_overdue(jobs, count);
		g_usleep(2000);
	}
	return failed;
}

int main(int argc, char **argv)
{
	unsigned int jobs = MIN(g_get_num_processors(), JOBS_MAX), failed;
	gint64 since = g_get_monotonic_time();
	bool list = false;
	GArray *tests;
	int option;

	while ((option = getopt(argc, argv, "lj:")) != -1) {
		switch (option) {
		case 'l':
			list = true;
			break;
		case 'j':
			jobs = MIN(MAX(atoi(optarg), 1), JOBS_MAX);
			break;
		default:
			return 2;
		}
	}
	tests = collect(argv + optind);
	if (list) {
		for (unsigned int i = 0; i < tests->len; i++) {
			struct test *test = &g_array_index(tests, struct test, i);

			printf("%s: %s\n", test->name, test->row->says);
		}
		return 0;
	}
	printf("KTAP version 1\n1..%u\n", tests->len);
	failed = run_all(tests, jobs);
	printf("# %u tests, %u failed, %.1f s\n", tests->len, failed,
	       (g_get_monotonic_time() - since) / 1e6);
	return failed ? 1 : 0;
}
