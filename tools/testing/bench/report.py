#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Medians, ratios and goals of what a run measured: report.py FOLDER

FOLDER has `raw`, lines ROUND SIDE FIGURE CASE UNIT VALUE, and `about`. Written there:
results.csv, results.rst (the same as a table for Documentation), results.svg.
The status is 1 when there was nothing to report.
"""
import csv
import fnmatch
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SIDES = ("mainline", "ours")
COLUMNS = ("figure", "case", "unit", "mainline", "ours", "ratio", "goal")


def read_goals(path):
    with open(path) as file:
        return [line.split() for line in file if line.strip() and not line.startswith("#")]


def is_rate(unit):
    return unit.endswith("/s")


def goal_of(goals, figure, case, unit):
    for pattern, condition, goal in goals:
        if fnmatch.fnmatchcase(figure, pattern) and fnmatch.fnmatchcase(case, condition):
            return goal
    return ">=0.95" if is_rate(unit) else "1.05"


def read_raw(path):
    """{(figure, case, unit): {side: [value, ...]}}, in the order they came first."""
    rows = {}
    with open(path) as file:
        for number, line in enumerate(file, 1):
            words = line.split()
            try:
                _, side, figure, case, unit, value = words
                value = float(value)
            except ValueError:
                sys.exit("report: %s:%d: no such line: %s" % (path, number, line.rstrip()))
            rows.setdefault((figure, case, unit), {}).setdefault(side, []).append(value)
    return rows


class Row:
    def __init__(self, key, values, goals):
        self.figure, self.case, self.unit = key
        self.values = values
        self.median = {side: statistics.median(values[side]) for side in values}
        self.goal = goal_of(goals, *key)

    @property
    def ratio(self):
        if len(self.median) < 2 or not self.median["mainline"]:
            return None
        return self.median["ours"] / self.median["mainline"]

    def verdict(self):
        """True, False, or None when nothing can be said."""
        if self.goal == "-":
            return None
        if self.goal[0] == "=":     # about our own value
            return self.median["ours"] <= float(self.goal[1:]) if "ours" in self.median else None
        if self.ratio is None:
            # none of something beside none is as good; a time of 0 was not measured
            counted = len(self.median) == 2 and self.unit == "n"
            return self.median["ours"] == 0 if counted else None
        if self.goal.startswith(">="):
            return self.ratio >= float(self.goal[2:])
        return self.ratio <= float(self.goal)

    def number(self, side):
        return "%.4g" % self.median[side] if side in self.median else ""

    def spread(self, side):
        values = self.values.get(side, [])
        return "%.3g..%.3g" % (min(values), max(values)) if len(values) > 1 else ""

    def ratio_text(self):
        return "" if self.ratio is None else "%.2f" % self.ratio

    def mark(self):
        return {True: "yes", False: "NO", None: ""}[self.verdict()]


TABLE = (
    ("figure", lambda r: r.figure), ("case", lambda r: r.case), ("unit", lambda r: r.unit),
    ("mainline", lambda r: r.number("mainline")), ("least..most", lambda r: r.spread("mainline")),
    ("ours", lambda r: r.number("ours")), ("least..most", lambda r: r.spread("ours")),
    ("ratio", Row.ratio_text), ("goal", lambda r: r.goal), ("reached", Row.mark),
)


def table_lines(rows):
    """Columns as wide as they need, between lines of =: plain text, and an rst simple table."""
    cells = [[name for name, _ in TABLE]]
    cells += [[get(row) or "\\" for _, get in TABLE] for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(TABLE))]
    rule = " ".join("=" * width for width in widths)
    lines = [" ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip()
             for line in cells]
    return [rule, lines[0], rule, *lines[1:], rule]


def write_csv(path, rows):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for r in rows:
            writer.writerow((r.figure, r.case, r.unit, r.number("mainline"), r.number("ours"),
                             r.ratio_text(), r.goal))


def gain(row, ours, mainline=None):
    """How many times as good as mainline's median: of a rate ours by it, of all else it by ours."""
    mainline = mainline or row.median["mainline"]
    return ours / mainline if is_rate(row.unit) else mainline / ours


def wanted(row):
    """Where the goal is, in times as good as mainline's median. None of something has no place."""
    if row.goal in ("-", "=0"):
        return "nan"
    if row.goal[0] == "=":          # a value of ours
        return "%.4f" % gain(row, float(row.goal[1:]))
    if row.goal.startswith(">="):
        return "%.4f" % float(row.goal[2:])
    return "%.4f" % (1 / float(row.goal))


def plot_line(row):
    """One line of plot.dat: ours with its rounds' extremes, mainline's extremes, the goal, missed or not."""
    ends = {side: sorted(gain(row, value) for value in row.values[side] if value) for side in SIDES}
    missed = row.verdict() is False
    return '"%s %s" %.4f %.4f %.4f %.4f %.4f %s %d\n' % (
        row.figure, row.case, gain(row, row.median["ours"]), ends["ours"][0], ends["ours"][-1],
        ends["mainline"][0], ends["mainline"][-1], wanted(row), missed)


def plot(folder, rows):
    """Both sides as a share of mainline; rows that have no ratio are left out."""
    rows = [row for row in rows if row.ratio]
    with open(os.path.join(folder, "plot.dat"), "w") as file:
        file.writelines(plot_line(row) for row in rows)
    if rows:
        subprocess.run(["gnuplot", "-e", "folder='%s'; rows=%d" % (folder, len(rows)),
                        os.path.join(HERE, "plot.gp")], check=True)


def main(folder):
    goals = read_goals(os.path.join(HERE, "goals"))
    rows = [Row(key, values, goals)
            for key, values in read_raw(os.path.join(folder, "raw")).items()]
    if not rows:
        sys.exit("report: nothing was measured")
    about = open(os.path.join(folder, "about")).read()
    lines = table_lines(rows)
    print(about + "\n".join(line.replace("\\", " ") for line in lines))
    verdicts = [row.verdict() for row in rows]
    print("%d goals reached, %d not" % (verdicts.count(True), verdicts.count(False)))
    write_csv(os.path.join(folder, "results.csv"), rows)
    with open(os.path.join(folder, "results.rst"), "w") as file:
        file.write("".join("| %s\n" % line for line in about.splitlines()) + "\n")
        file.write("\n".join(lines) + "\n")
    plot(folder, rows)


if __name__ == "__main__":
    main(sys.argv[1])
