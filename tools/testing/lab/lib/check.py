#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Run scenarios one after the other and count what they report: check.py [PATTERN].

check.py --kernels [PATTERN] prints the kernels that these scenarios need instead.

Each one's output goes to out/check/NAME.log; a line for each step goes to
stdout. LAB_SCENARIOS names another folder of scenarios.
"""
import fnmatch
import os
import re
import signal
import subprocess
import sys
import threading
import time

import ktap

LAB = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOP = os.path.abspath(os.path.join(LAB, "../../.."))
SCENARIOS = os.environ.get("LAB_SCENARIOS", os.path.join(LAB, "scenarios"))
LOGS = os.path.join(TOP, "out/check")
FIELDS = ("name", "about", "limit", "where")
BOOT_GRACE = 240        # a VM's boot and end, beyond its scenario's own limit
END_GRACE = 10          # from SIGTERM to SIGKILL
TAIL_LINES = 30


class Scenario:
    def __init__(self, path):
        self.path, self.fields = path, {"kernel": "6.1"}
        with open(path, errors="replace") as file:
            for line in file:
                match = re.match(r"# ([a-z]+):[ \t]*(.*\S)?", line)
                if match:
                    self.fields.setdefault(match[1], match[2] or "")
                    if match[1] == "kernel":
                        self.fields["kernel"] = match[2]
                elif not line.startswith("#"):
                    break
        self.name = os.path.splitext(os.path.basename(path))[0]

    def problem(self):
        """What is wrong with the header, or None."""
        for field in FIELDS:
            if field not in self.fields:
                return "its header has no '# %s:'" % field
        if self.fields["name"] != self.name:
            return "its header calls it %s" % self.fields["name"]
        if self.fields["where"] not in ("host", "vm"):
            return "where: is neither host nor vm"
        if not self.fields["limit"].isdigit():
            return "limit: is not a number of seconds"
        return None

    def command(self):
        if self.fields["where"] == "host":
            return ["bash", self.path], int(self.fields["limit"])
        inside = os.path.join("/lab", os.path.relpath(self.path, TOP))
        command = [os.path.join(LAB, "lab"), "run", "-k", self.fields["kernel"],
                   "-t", self.fields["limit"]]
        if "splat" in self.fields:
            command.append("--expect-splat")
        return command + ["--", "bash", inside], int(self.fields["limit"]) + BOOT_GRACE

    def environment(self):
        env = dict(os.environ)
        if "device" in self.fields:
            env["LAB_DEVICE"] = self.fields["device"]
        return env


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
    def __init__(self):
        self.start = time.monotonic()
        self.counts = {"passed": 0, "failed": 0, "skipped": 0}

    def line(self, text):
        print("%5d s  %s" % (time.monotonic() - self.start, text), flush=True)

    def result(self, outcome, text):
        self.counts[outcome] += 1
        mark = {"passed": "ok", "failed": "FAILED", "skipped": "skipped"}[outcome]
        self.line("  %-7s %s" % (mark, text))

    def end(self):
        print("%(passed)d passed, %(failed)d failed, %(skipped)d skipped" % self.counts,
              flush=True)
        return 1 if self.counts["failed"] or not sum(self.counts.values()) else 0


def show_tail(path):
    with open(path, errors="replace") as file:
        for line in file.readlines()[-TAIL_LINES:]:
            print("        | %s" % line.rstrip("\n"))
    print("        the whole log: %s" % os.path.relpath(path, TOP), flush=True)


def run(scenario, report):
    report.line("%s: %s" % (scenario.name, scenario.fields.get("about", "")))
    problem = scenario.problem()
    if problem:
        report.result("failed", "%s: %s" % (os.path.relpath(scenario.path, TOP), problem))
        return
    reader = ktap.Reader()
    path = os.path.join(LOGS, scenario.name + ".log")
    command, limit = scenario.command()
    child = Child(command, limit, scenario.environment())
    try:
        with open(path, "w") as log:
            for raw in child.process.stdout:
                line = raw.decode("utf-8", "replace").rstrip("\r\n")
                log.write(line + "\n")
                log.flush()
                result = reader.feed(line)
                if result:
                    report.result(*result)
    except BaseException:
        child.expire()
        raise
    status = child.end()
    if child.expired:
        report.result(*reader.add("failed", "cut: longer than %d s" % limit))
    for result in reader.end(status):
        report.result(*result)
    if any(outcome == "failed" for outcome, _ in reader.results):
        show_tail(path)


def chosen(pattern):
    """The scenarios whose name has PATTERN in it, or matches it as a glob.

    Those with "# when: named" run only for a PATTERN.
    """
    for name in sorted(os.listdir(SCENARIOS)):
        path = os.path.join(SCENARIOS, name)
        base = os.path.splitext(name)[0]
        if os.path.isfile(path) and (pattern in base or fnmatch.fnmatch(base, pattern)):
            scenario = Scenario(path)
            if pattern or scenario.fields.get("when") != "named":
                yield scenario


def kernels(pattern):
    """What has to be there before the first one runs; time limits are for running."""
    names = {"6.1"}
    for scenario in chosen(pattern):
        names.update(scenario.fields["kernel"].split())
    print("\n".join(sorted(names)))


def interrupted(_number, _frame):
    raise KeyboardInterrupt


def main():
    if sys.argv[1:2] == ["--kernels"]:
        kernels("".join(sys.argv[2:3]))
        return
    report = Report()
    pattern = sys.argv[1] if len(sys.argv) > 1 else ""
    signal.signal(signal.SIGTERM, interrupted)
    os.makedirs(LOGS, exist_ok=True)
    scenarios = list(chosen(pattern))
    if not scenarios:
        print("no check is called like '%s'; tools/testing/lab/lab list shows them" % pattern)
    try:
        for scenario in scenarios:
            run(scenario, report)
    except KeyboardInterrupt:
        report.result("failed", "interrupted")
        report.end()
        sys.exit(130)
    sys.exit(report.end())


if __name__ == "__main__":
    main()
