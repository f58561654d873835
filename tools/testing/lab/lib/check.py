#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Run scenarios, several at a time, and count what they report: check.py [PATTERN...].

check.py --kernels [PATTERN...] prints the kernels that these scenarios need instead.

Two at a time: each VM has two processors. Three on two CPUs took as long, each one half as
long again, and came closer to their limits. CHECK_JOBS is another number. One that says
"# alone:" runs by itself, before the others. CHECK_KERNEL has the scenarios in VMs run on
that kernel. What has not begun at CHECK_UNTIL (seconds since 1970) is skipped, and says so.
Those that may take long are begun first, so that none of them is left alone at the end. With
CHECK_SEED, a number, they run in an order that it decides. CHECK_DONE is a folder that has a
file for each one, as old as its last run to an end; those without one, then the oldest, come
first, so that runs which are cut reach all of them in turn. One called CHECK_FIRST is begun
before the others. CHECK_WHEN has those run, if no pattern chooses, that are always run, or
are "# when: full", or both.

Each one's output goes to out/check/NAME.log; a line for each result goes to stdout.
"""
import os
import pathlib
import queue
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time

import ktap
from scenario import FOLDER, TOP, chosen

LOGS = os.path.join(TOP, "out/check")
JOBS = int(os.environ.get("CHECK_JOBS", "2"))
WHEN = os.environ.get("CHECK_WHEN", "always").split()
DONE = os.environ.get("CHECK_DONE")
UNTIL = float(os.environ.get("CHECK_UNTIL", "inf"))
END_GRACE = 10          # from SIGTERM to SIGKILL
TAIL_LINES = 30
SILENCE = 20            # seconds without a line, until one tells what is running
REPEATED = 40           # so many failures are listed again before the count


class Child:
    """A process group with a time limit."""

    def __init__(self, command, limit, env):
        self.expired = False
        self.process = subprocess.Popen(
            command, cwd=TOP, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True)
        self.timer = threading.Timer(limit, self.expire)
        self.timer.start()

    def signal(self, number):
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass

    def expire(self):
        self.expired = True
        self.signal(signal.SIGTERM)
        try:
            self.process.wait(END_GRACE)
        except subprocess.TimeoutExpired:
            pass
        self.signal(signal.SIGKILL)

    def end(self):
        status = self.process.wait()
        self.timer.cancel()
        self.signal(signal.SIGKILL)     # what it left behind in its group
        return status if status >= 0 else 128 - status


class Report:
    """What is printed, and the counts. Its lock protects all of it.

    `left` names what was not asked for, and would be by ALL=1.
    """

    def __init__(self, left):
        self.left = left
        self.lock = threading.RLock()
        self.start = self.spoke = time.monotonic()
        self.running = {}
        self.counts = {"passed": 0, "failed": 0, "skipped": 0}
        self.failures, self.not_begun = [], []

    def line(self, text):
        with self.lock:
            self.spoke = time.monotonic()
            print("%5d s  %s" % (self.spoke - self.start, text), flush=True)

    def begin(self, scenario):
        with self.lock:
            self.running[scenario.name] = time.monotonic()
            self.line("%s: %s" % (scenario.name, scenario.fields.get("about", "")))

    def result(self, name, outcome, text):
        mark = {"passed": "ok", "failed": "FAILED", "skipped": "skipped"}[outcome]
        with self.lock:
            self.counts[outcome] += 1
            if outcome == "failed":
                self.failures.append("%s: %s" % (name, text))
            self.line("  %-7s %s: %s" % (mark, name, text))

    def late(self, scenario):
        """No time was left to begin it. Of these there may be many: one line, at the end."""
        with self.lock:
            self.counts["skipped"] += 1
            self.not_begun.append(scenario.name)

    def finish(self, scenario, results, log):
        with self.lock:
            took = time.monotonic() - self.running.pop(scenario.name)
            failed = sum(outcome == "failed" for outcome, _ in results)
            self.line("%s: %s after %d s" % (scenario.name, "%d FAILED" % failed if failed
                                             else "done", took))
            if failed and os.path.exists(log):
                self.tail(log)

    def tail(self, log):
        with open(log, errors="replace") as file:
            for line in file.readlines()[-TAIL_LINES:]:
                print("        | %s" % line.rstrip("\n"))
        print("        the whole log: %s" % os.path.relpath(log, TOP), flush=True)

    def still(self):
        """Say what is running, when nothing was said for a while."""
        with self.lock:
            now = time.monotonic()
            if self.running and now - self.spoke >= SILENCE:
                self.line("  ...     " + ", ".join("%s %d s" % (name, now - began)
                                                   for name, began in self.running.items()))

    def end(self):
        """What failed once more, for a reader who has only the end, and the counts."""
        with self.lock:
            if self.left:
                print(textwrap.fill("not asked for, make check ALL=1 runs them too: "
                                    + " ".join(self.left), 100, break_on_hyphens=False))
            if self.not_begun:
                print(textwrap.fill("skipped, no time was left to begin them: "
                                    + " ".join(self.not_begun), 100, break_on_hyphens=False))
            for failure in self.failures[:REPEATED]:
                print("FAILED  %s" % failure)
            if len(self.failures) > REPEATED:
                print("        and %d more" % (len(self.failures) - REPEATED))
            print("%(passed)d passed, %(failed)d failed, %(skipped)d skipped" % self.counts,
                  flush=True)
            return 1 if self.counts["failed"] or not sum(self.counts.values()) else 0


class Runner:
    """The scenarios under way. `children` is what an interruption has to end."""

    def __init__(self, report):
        self.report = report
        self.lock = threading.Lock()
        self.children, self.threads = set(), []
        self.stopped = False

    def start(self, scenario):
        """The scenario's process, or None once all is being stopped."""
        with self.lock:
            if self.stopped:
                return None
            child = Child(scenario.command(), scenario.limit(), scenario.environment())
            self.children.add(child)
            return child

    def stop(self):
        with self.lock:
            self.stopped = True
            children = list(self.children)
        ends = [threading.Thread(target=child.expire) for child in children]
        for thread in ends:
            thread.start()
        for thread in ends + self.threads:
            thread.join(2 * END_GRACE)

    def run(self, scenario):
        problem, reader = scenario.problem(), ktap.Reader()
        log = os.path.join(LOGS, scenario.name + ".log")
        self.report.begin(scenario)
        if problem:
            results = [reader.add("failed", "%s: %s" % (os.path.relpath(scenario.path, TOP),
                                                        problem))]
        else:
            child = self.start(scenario)
            if child is None:
                return
            results = self.judge(scenario, child, reader, log)
            with self.lock:
                self.children.discard(child)
        for result in results:
            self.report.result(scenario.name, *result)
        self.report.finish(scenario, reader.results, log)
        if DONE and not self.stopped:
            pathlib.Path(DONE, scenario.name).touch()

    def judge(self, scenario, child, reader, path):
        """Report each result as it comes; return those that only the end shows."""
        with open(path, "w") as log:
            for raw in child.process.stdout:
                line = raw.decode("utf-8", "replace").rstrip("\r\n")
                log.write(line + "\n")
                log.flush()
                result = reader.feed(line)
                if result:
                    self.report.result(scenario.name, *result)
        status = child.end()
        cut = []
        if child.expired:
            cut.append(reader.add("failed", "interrupted" if self.stopped else
                                  "cut: longer than %d s" % scenario.limit()))
        return cut + reader.end(status)

    def run_all(self, scenarios, jobs):
        todo = queue.SimpleQueue()
        for scenario in scenarios:
            todo.put(scenario)
        self.threads = [threading.Thread(target=self.work, args=(todo,), daemon=True)
                        for _ in range(min(jobs, len(scenarios)))]
        for thread in self.threads:
            thread.start()
        while any(thread.is_alive() for thread in self.threads):
            time.sleep(0.1)
            self.report.still()

    def work(self, todo):
        while not self.stopped:
            try:
                scenario = todo.get_nowait()
            except queue.Empty:
                return
            if time.time() >= UNTIL:
                self.report.late(scenario)
            else:
                self.run(scenario)


def last_end(scenario):
    try:
        return os.stat(os.path.join(DONE, scenario.name)).st_mtime
    except FileNotFoundError:
        return 0


def in_order(scenarios):
    if "CHECK_SEED" in os.environ:
        # by each one's own number: another scenario beside them does not change it
        scenarios.sort(key=lambda one: random.Random(
            "%d %s" % (int(os.environ["CHECK_SEED"]), one.name)).random())
    else:
        scenarios.sort(key=lambda one: one.problem() is None and -one.limit())
    if DONE:
        scenarios.sort(key=last_end)
    scenarios.sort(key=lambda one: one.name != os.environ.get("CHECK_FIRST"))
    return scenarios


def interrupted(_number, _frame):
    # one is enough: timeout sends its signal twice, and the end takes its time
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def main():
    kernel = os.environ.get("CHECK_KERNEL")
    if sys.argv[1:2] == ["--kernels"]:
        # what has to be there before the first one runs; time limits are for running
        names = {kernel or "6.1"}
        for scenario in chosen(sys.argv[2:], kernel, WHEN):
            names.update(scenario.fields["kernel"].split())
        print("\n".join(sorted(names)))
        return
    left = []
    if WHEN == ["always"] and not sys.argv[1:]:
        left = [one.name for one in chosen([], kernel, ["full"])]
    report = Report(left)
    runner = Runner(report)
    signal.signal(signal.SIGINT, interrupted)
    signal.signal(signal.SIGTERM, interrupted)
    os.makedirs(LOGS, exist_ok=True)
    if DONE:
        os.makedirs(DONE, exist_ok=True)
    scenarios = in_order(chosen(sys.argv[1:], kernel, WHEN))
    if not scenarios:
        print("no check in %s is called like '%s'; tools/testing/lab/lab list shows them"
              % (os.path.relpath(FOLDER, TOP), " ".join(sys.argv[1:])))
    try:
        runner.run_all([scenario for scenario in scenarios if scenario.alone()], 1)
        runner.run_all([scenario for scenario in scenarios if not scenario.alone()], JOBS)
    except KeyboardInterrupt:
        runner.stop()
        report.result("check", "failed", "interrupted")
        report.end()
        sys.exit(130)
    sys.exit(report.end())


if __name__ == "__main__":
    main()
