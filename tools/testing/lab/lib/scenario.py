# SPDX-License-Identifier: GPL-2.0-only
"""What is a scenario, which ones are there, and how is one started?"""
import fnmatch
import os
import re

LAB = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOP = os.path.abspath(os.path.join(LAB, "../../.."))
FOLDER = os.environ.get("LAB_SCENARIOS", os.path.join(LAB, "scenarios"))
NEEDED = ("name", "about", "limit", "where")
IN_VMS = ("vm", "pair")  # where: in a VM, in the first of two
BOOT_GRACE = 240        # a VM's boot and end, beyond its scenario's own limit
DEBUG_FACTOR = 4        # a kernel that looks for mistakes takes so many times as long


def patience():
    """How many times as long as on an idle machine everything may take; lib/run.sh has it too."""
    return int(os.environ.get("LAB_PATIENCE") or 1 + int(os.getloadavg()[0]) // 8)


class Scenario:
    """One file; `kernel` stands in for the one that a scenario in a VM asks for."""

    def __init__(self, path, kernel=None):
        self.path, self.fields = path, {}
        with open(path, errors="replace") as file:
            for line in file:
                match = re.match(r"# ([a-z]+):[ \t]*(.*\S)?", line)
                if match:
                    self.fields.setdefault(match[1], match[2] or "")
                elif not line.startswith("#"):
                    break
        if kernel and self.fields.get("where") in IN_VMS:
            self.fields["kernel"] = kernel
        self.fields.setdefault("kernel", "6.1")
        self.name = os.path.splitext(os.path.basename(path))[0]

    def problem(self):
        """What is wrong with the header, or None."""
        for field in NEEDED:
            if field not in self.fields:
                return "its header has no '# %s:'" % field
        if self.fields["name"] != self.name:
            return "its header calls it %s" % self.fields["name"]
        if self.fields["where"] not in IN_VMS + ("host",):
            return "where: is none of host, vm and pair"
        if self.when() not in ("always", "full", "named"):
            return "when: is neither full nor named"
        if not self.fields["limit"].isdigit():
            return "limit: is not a number of seconds"
        return None

    def alone(self):
        """It measures time, or what others leave behind: nothing may run beside it."""
        return "alone" in self.fields

    def when(self):
        """What it takes to be run, see chosen()."""
        return self.fields.get("when", "always")

    def factor(self):
        """How much longer than on a plain kernel everything in the VM may take."""
        vm = self.fields["where"] in IN_VMS
        return DEBUG_FACTOR if vm and self.fields["kernel"].endswith("-debug") else 1

    def inside_limit(self):
        """Seconds, without the VM's boot and end."""
        return self.factor() * patience() * int(self.fields["limit"])

    def limit(self):
        if self.fields["where"] == "host":
            return self.inside_limit()
        # whoever gives a VM more time to boot has it here as well
        more = int(os.environ.get("LAB_BOOT", 0))
        return self.inside_limit() + self.factor() * patience() * BOOT_GRACE + more

    def command(self):
        if self.fields["where"] == "host":
            return ["bash", self.path]
        inside = os.path.join("/lab", os.path.relpath(self.path, TOP))
        verb = "pair" if self.fields["where"] == "pair" else "run"
        command = [os.path.join(LAB, "lab"), verb, "-k", self.fields["kernel"],
                   "-t", str(self.inside_limit())]
        if "splat" in self.fields:
            command.append("--expect-splat")
        for name in self.fields.get("passes", "").split():
            if name in os.environ:
                command += ["-e", "%s=%s" % (name, os.environ[name])]
        return command + ["--", "bash", inside]

    def environment(self):
        env = dict(os.environ)
        if "device" in self.fields:
            env["LAB_DEVICE"] = self.fields["device"]
        if "append" in self.fields:
            env["LAB_APPEND"] = " ".join(
                (self.fields["append"], env.get("LAB_APPEND", ""))).strip()
        return env


def chosen(patterns, kernel=None, when=("always",)):
    """Those that a pattern names, else those whose name has it in it, or matches it as a glob.

    Without a pattern those of `when`: one with "# when: full" shows what few changes touch, or
    what another shows in less time. One with "# when: named" takes long, or builds much: only
    its whole name chooses it.
    """
    paths = [os.path.join(FOLDER, name) for name in sorted(os.listdir(FOLDER))]
    everything = [Scenario(path, kernel) for path in paths if os.path.isfile(path)]
    names = {one.name for one in everything}

    def wanted(one):
        if one.name in patterns:
            return True
        if one.when() == "named":
            return False
        if not patterns:
            return one.when() in when
        return any(pattern in one.name or fnmatch.fnmatch(one.name, pattern)
                   for pattern in patterns if pattern not in names)

    return [one for one in everything if wanted(one)]
