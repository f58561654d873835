# SPDX-License-Identifier: GPL-2.0-only
"""Read KTAP strictly: what is missing, repeated or out of order is a failure."""
import re

PLAN = re.compile(r"1\.\.(\d+)(?:\s+#\s*SKIP\b\s*(.*))?$")
RESULT = re.compile(r"(ok|not ok)\b(?:\s+(\d+))?(?:\s+-)?\s*(.*)$")
DIRECTIVE = re.compile(r"(.*?)\s*#\s*([A-Z]{4,})\b:?\s*(.*)$")
# why the lab ended a VM; what it said until it booted one is no reason
VERDICT = re.compile(r"lab: (?!the whole log)(?:booting .*|(.*))$")


class Reader:
    """Fed line by line; `results` has (outcome, text), outcome passed, failed or skipped."""

    def __init__(self):
        self.planned = None
        self.results = []
        self.nested_failure = False
        self.verdict = None

    def feed(self, line):
        """Take one line; return its (outcome, text), or None if it is no result."""
        if line.startswith("Bail out!"):
            return self.add("failed", line)
        plan = PLAN.match(line)
        if plan:
            return self.take_plan(plan)
        result = RESULT.match(line)
        if result:
            return self.take_result(*result.groups())
        verdict = VERDICT.match(line)
        if verdict:
            self.verdict = verdict.group(1)
        if line[:1].isspace() and line.lstrip().startswith("not ok"):
            self.nested_failure = True
        return None

    def add(self, outcome, text):
        self.results.append((outcome, text))
        return self.results[-1]

    def take_plan(self, plan):
        if self.planned is not None:
            return self.add("failed", "a second plan: %s" % plan.group(0))
        self.planned = int(plan.group(1))
        if self.planned:
            return None
        reason = plan.group(2)
        if not reason:
            return self.add("failed", "an empty plan without a reason")
        return self.add("skipped", reason)

    def take_result(self, word, number, text):
        directive = DIRECTIVE.match(text)
        nested, self.nested_failure = self.nested_failure, False
        expected = len(self.results) + 1
        if not number or int(number) != expected:
            return self.add("failed", "result %s where %d was due: %s"
                            % (number or "without number", expected, text))
        if word == "not ok":
            return self.add("failed", text)
        if nested:
            return self.add("failed", "ok, but a part of it is not: %s" % text)
        if not directive:
            return self.add("passed", text)
        text, kind, reason = directive.groups()
        if kind != "SKIP":
            return self.add("failed", "ok with # %s: %s" % (kind, text))
        if not reason:
            return self.add("failed", "a skip without a reason: %s" % text)
        return self.add("skipped", "%s: %s" % (text, reason))

    def end(self, status):
        """The test ended with this exit status: what that adds to the results.

        A reader of the end alone sees why: the lab's own word is in the first of them.
        """
        before = len(self.results)
        if self.planned is None:
            self.add("failed", "no plan")
        for number in range(before + 1, (self.planned or 0) + 1):
            self.add("failed", "no result for %d" % number)
        if self.planned and before > self.planned:
            self.add("failed", "%d results, %d planned" % (before, self.planned))
        if status and not any(outcome == "failed" for outcome, _ in self.results):
            self.add("failed", "exit status %d" % status)
        added = self.results[before:]
        if added and status and self.verdict:
            added[0] = self.results[before] = ("failed", "%s (%s)" % (added[0][1], self.verdict))
        return added
