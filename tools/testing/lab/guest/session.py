# SPDX-License-Identifier: GPL-2.0-only
"""One guest from its start to its end: actions go in, reports come out.

The guest speaks JSON lines on its second serial port; QEMU speaks QMP. Console
text decides nothing, except that a kernel splat in it fails the run.
"""
import collections
import json
import os
import selectors
import socket
import subprocess
import sys
import time

import machine
import splat
from runner import die_with_parent, read_lines

EXIT = {"failed": 1, "crash": 3, "splat": 4, "time": 124, "own": 125}
TAIL_LINES = 25
SLOW = 1 << 20                  # bytes a second of a guest that is not to get away so far
PROGRESS = 2                    # seconds between two reports of a guest that moves


class Ended(Exception):
    """The guest is over: exit status, and one line unless all is well."""

    def __init__(self, status, line=None):
        super().__init__(line)
        self.status, self.line = status, line


def say(text):
    sys.stderr.write("guest: %s\n" % text)
    sys.stderr.flush()


def as_line(report):
    """In the form in which the guest reports."""
    return json.dumps(report, separators=(",", ":"))


class Lines:
    """A socket that carries lines."""

    def __init__(self):
        self.ours, self.theirs = socket.socketpair()
        self.rest = b""
        self.open = True

    def send(self, text):
        try:
            self.ours.sendall(text.encode() + b"\n")
        except OSError:
            self.open = False

    def receive(self):
        try:
            data = self.ours.recv(1 << 16)
        except ConnectionResetError:
            data = b""
        if not data:
            self.open = False
        *lines, self.rest = (self.rest + data).split(b"\n")
        return [line.decode("utf-8", "replace") for line in lines]


class Session:
    """
    `queue` holds the actions to come. `waiting` names what the current one waits
    for: "ready" (a boot), "arrived" (a guest from another QEMU), "moved" (it is one there),
    "departing" (what it has is sent), "stays" and "failed" (how that ended), "done" (the guest's
    answer), "deleted", "added", "blockers", "end" (power off), or None when the next action may
    start. `due` is when it is too late.
    """

    def __init__(self, options):
        self.options = options
        self.report, self.monitor = Lines(), Lines()
        self.queue = collections.deque(options.actions)
        self.action, self.waiting, self.due = "boot", "ready", 0
        self.progress_due = 0
        self.boot_started = 0
        self.failures = 0
        self.goodbye = None         # how the guest said it would end
        self.plugged = len(options.vf)
        self.stdin_rest = b""
        self.stdin_open = options.stdin
        self.qemu = None

    # -- QEMU

    def path(self, name):
        return os.path.join(self.options.folder, "guest-%s-%s" % (self.options.name, name))

    def console_path(self):
        # the lab's own judge reads *console*.log; an expected crash is not for it
        return self.path("crash.log" if self.options.expect_crash else "console.log")

    def console(self):
        if self.options.tty:
            return "stdio,id=console,signal=off,logfile=%s" % self.console_path()
        return "file,id=console,path=%s" % self.console_path()

    def start(self):
        words = machine.command(self.options, self.console(), self.report.theirs.fileno(),
                                self.monitor.theirs.fileno())
        with open(self.path("qemu.log"), "wb") as log:
            log.write((" ".join(words) + "\n").encode())
            log.flush()
            self.qemu = subprocess.Popen(
                words, stdin=None if self.options.tty else subprocess.DEVNULL,
                stdout=None if self.options.tty else log, stderr=log,
                pass_fds=[self.report.theirs.fileno(), self.monitor.theirs.fileno()],
                preexec_fn=die_with_parent)
        for lines in (self.report, self.monitor):
            lines.theirs.close()
        self.monitor.send('{"execute": "qmp_capabilities"}')
        self.qmp("migrate-set-capabilities",
                 capabilities=[{"capability": "events", "state": True}])
        if self.options.multifd:
            self.qmp("migrate-set-capabilities",
                     capabilities=[{"capability": "multifd", "state": True}])
            self.qmp("migrate-set-parameters", **{"multifd-channels": self.options.multifd})
        if self.options.incoming:
            self.qmp("migrate-incoming", "listening", uri=self.options.incoming)
            self.action = "arrive"
            self.wait_for("arrived", self.options.limit)
        else:
            self.wait_for("ready", self.options.boot_limit)

    def stop(self):
        if self.qemu:
            self.qemu.kill()
            self.qemu.wait()

    def qmp(self, command, mark=None, **arguments):
        """`mark` comes back with the answer, where more than its arrival matters."""
        message = {"execute": command, "arguments": arguments}
        if mark:
            message["id"] = mark
        self.monitor.send(json.dumps(message))

    # -- what is to be done

    def wait_for(self, what, limit=None):
        self.waiting = what
        self.due = time.monotonic() + (limit or self.options.action_limit)
        if what == "ready":
            self.boot_started = time.monotonic()

    def next_action(self):
        if not self.queue:
            if self.stdin_open:
                return
            self.queue.append("off")
        self.action = self.queue.popleft()
        name, _, argument = self.action.partition("=")
        ours = {"unplug": self.unplug, "plug": self.plug, "reset": self.reset, "kill": self.kill,
                "migrate": self.migrate, "blockers": self.blockers, "departing": self.departing,
                "stay": self.stay, "fails": self.fails}
        if name in ours:
            ours[name](argument)
            return
        self.goodbye = None
        self.report.send(self.action)
        self.wait_for("done")

    def unplug(self, number):
        self.qmp("device_del", id="vf" + (number or "0"))
        self.wait_for("deleted")

    def plug(self, address):
        try:
            address = machine.full_address(address)
            machine.check_function(address)
        except machine.Unfit as error:
            self.done(False, str(error))
            return
        self.qmp("device_add", driver="vfio-pci", host=address, id="vf%d" % self.plugged)
        self.plugged += 1
        self.wait_for("added")

    def reset(self, _argument):
        self.goodbye = "reset"
        self.qmp("system_reset")
        self.wait_for("ready", self.options.boot_limit)

    def kill(self, _argument):
        raise Ended(self.verdict())

    def migrate(self, uri):
        """To another launcher's --incoming. When it worked, this one is at its end."""
        if self.options.downtime_limit is not None:
            # QEMU compares memory left / speed with the limit. The speed it measures is that of
            # pages of zeroes, a few bytes each, where it meets those: so it is told one
            self.qmp("migrate-set-parameters", **{
                "max-bandwidth": 0, "downtime-limit": self.options.downtime_limit,
                "avail-switchover-bandwidth": self.options.switchover_speed << 20})
        self.qmp("migrate", uri=uri)
        self.progress_due = time.monotonic() + PROGRESS
        self.wait_for("moved")

    def departing(self, uri):
        """As migrate, but so slowly that it is still here until `stay` or `fails`."""
        self.qmp("migrate-set-parameters", **{"max-bandwidth": SLOW})
        self.qmp("migrate", uri=uri)
        self.wait_for("departing")

    def stay(self, _argument):
        self.qmp("migrate_cancel")
        self.wait_for("stays")

    def fails(self, _argument):
        """It goes as fast as it can from here on, and must not get there."""
        self.qmp("migrate-set-parameters", **{"max-bandwidth": 0})
        self.progress_due = 0
        self.wait_for("failed")

    def blockers(self, _argument):
        """Fails with QEMU's reason when this guest could not be migrated."""
        self.qmp("query-migrate", "blockers")
        self.wait_for("blockers")

    def done(self, worked, why=None):
        """An action of the launcher itself is over; reported as the guest's are."""
        report = {"report": "done", "action": self.action, "result": "ok" if worked else "failed"}
        if why:
            report["why"] = why
        self.take_report(as_line(report))

    # -- what comes back

    def take_report(self, line):
        line = line.strip("\r")
        try:
            report = json.loads(line)
        except ValueError:
            say("not a report: %s" % line[:200])
            return
        print(line, flush=True)
        kind = report.get("report")
        if kind == "ready" and self.waiting == "ready":
            if "why" in report:
                raise Ended(EXIT["failed"], "the guest is not as it should be: %s" % report["why"])
            self.goodbye = self.waiting = None
            took = time.monotonic() - self.boot_started
            print(as_line({"report": "boot", "ms": str(int(took * 1000))}), flush=True)
        elif kind == "done":
            self.waiting = None
            if report.get("result") != "ok":
                self.failures += 1
                say("%s: %s" % (report.get("action"), report.get("why")))
        elif kind == "bye":
            self.goodbye = report.get("how")
            if self.goodbye == "reboot":
                self.wait_for("ready", self.options.boot_limit)
            elif self.goodbye == "off":
                self.wait_for("end")

    def take_event(self, line):
        message = json.loads(line)
        event, data = message.get("event"), message.get("data", {})
        if "error" in message:
            self.refused(message["error"].get("desc"))
        elif "id" in message:
            self.take_answer(message["id"], message["return"])
        elif "return" in message and self.waiting == "added":
            self.done(True)
        elif event == "DEVICE_DELETED" and self.waiting == "deleted" and "device" in data:
            self.done(True)
        elif event == "DEVICE_UNPLUG_GUEST_ERROR" and self.waiting == "deleted":
            self.done(False, "the guest refused")
        elif event == "MIGRATION" and self.waiting == "moved":
            if data["status"] in ("completed", "failed", "cancelled"):
                self.qmp("query-migrate", "moved")
        elif event == "MIGRATION" and self.waiting == "departing":
            self.has_come_to("active", data["status"])
        elif event == "MIGRATION" and self.waiting == "stays":
            self.has_come_to("cancelled", data["status"])
        elif event == "MIGRATION" and self.waiting == "arrived" and data["status"] == "failed":
            raise Ended(EXIT["failed"], "the guest did not arrive")
        elif event == "RESUME" and self.waiting == "arrived":
            self.done(True)
        elif event == "RESET" and data.get("guest") and self.goodbye not in ("reboot", "reset"):
            self.crashed()
        elif event == "SHUTDOWN" and self.goodbye == "off":
            raise Ended(self.verdict())

    def refused(self, why):
        if self.waiting == "arrived":
            raise Ended(EXIT["own"], "QEMU: %s" % why)
        self.done(False, why)

    def take_answer(self, mark, answer):
        if mark == "listening":
            print(as_line({"report": "listening", "at": self.options.incoming}), flush=True)
        elif mark == "blockers" and self.waiting == "blockers":
            reasons = answer.get("blocked-reasons", [])
            self.done(not reasons, "; ".join(reasons) or None)
        elif mark == "moving" and self.waiting == "moved" and "ram" in answer:
            print(as_line({"report": "moving", "bytes": str(answer["ram"]["transferred"]),
                           "stands_still": "no" if answer["status"] == "active" else "yes"}),
                  flush=True)
        elif mark == "moved" and self.waiting == "moved":
            self.moved(answer)
        elif mark == "failed" and self.waiting == "failed":
            self.has_come_to("failed", answer["status"], answer.get("error-desc"))

    def has_come_to(self, wanted, status, why=None):
        """Where a migration is: there, at another end, or still on its way."""
        if status == wanted or status in ("completed", "failed", "cancelled"):
            self.done(status == wanted, why or (None if status == wanted else status))

    def moved(self, answer):
        if answer["status"] != "completed":
            self.done(False, answer.get("error-desc") or answer["status"])
            return
        figures = {"report": "migrated", "ms": answer["total-time"], "downtime_ms": answer["downtime"],
                   "bytes": answer["ram"]["transferred"],
                   "stopped_bytes": answer["ram"].get("downtime-bytes", 0),
                   "multifd_bytes": answer["ram"].get("multifd-bytes", 0),
                   "vf_bytes": answer.get("vfio", {}).get("transferred", 0)}
        print(as_line({key: str(value) for key, value in figures.items()}), flush=True)
        self.done(True)
        raise Ended(self.verdict())

    def crashed(self):
        if self.goodbye == "crash" and self.options.expect_crash:
            raise Ended(self.verdict())
        raise Ended(EXIT["crash"], "the guest crashed in: %s" % self.action)

    def verdict(self):
        return EXIT["failed"] if self.failures else 0

    # -- the loop

    def read_stdin(self):
        data = os.read(0, 4096)
        *lines, self.stdin_rest = (self.stdin_rest + data).split(b"\n")
        self.queue.extend(line.decode().strip() for line in lines if line.strip())
        self.stdin_open = bool(data)

    def check_clock(self):
        now = time.monotonic()
        if self.waiting and now > self.due:
            if self.waiting == "ready":
                raise Ended(EXIT["time"], "the guest was not up after %d s" % self.options.boot_limit)
            raise Ended(EXIT["time"], "the guest did not end: %s" % self.action)
        if self.waiting in ("moved", "failed") and now > self.progress_due:
            self.progress_due = now + PROGRESS
            self.qmp("query-migrate", "moving" if self.waiting == "moved" else "failed")
        if now > self.options.deadline:
            raise Ended(EXIT["time"], "cut: longer than %d s" % self.options.limit)

    def step(self):
        if not self.waiting:
            self.next_action()
        with selectors.PollSelector() as selector:
            for lines in (self.report, self.monitor):
                if lines.open:
                    selector.register(lines.ours, selectors.EVENT_READ, lines)
            if self.stdin_open:
                selector.register(0, selectors.EVENT_READ)
            ready = [key.data for key, _ in selector.select(0.5)]
        # what the guest said before QEMU's event is taken first
        for lines, take in ((self.report, self.take_report), (self.monitor, self.take_event)):
            if lines in ready:
                for line in lines.receive():
                    take(line)
        if None in ready:
            self.read_stdin()
        if self.qemu.poll() is not None:
            self.qemu_ended()
        self.check_clock()

    def qemu_ended(self):
        if self.goodbye == "off":
            raise Ended(self.verdict())
        lines = read_lines(self.path("qemu.log"))[1:] or ["it said nothing"]
        raise Ended(EXIT["own"], "QEMU ended: %s" % lines[-1])

    def run(self):
        try:
            self.start()
            while True:
                self.step()
        except Ended as ended:
            return self.judge(ended)
        finally:
            self.stop()

    def judge(self, ended):
        self.stop()
        lines = read_lines(self.console_path())
        splats = [line for line in lines if splat.kind(line)]
        status = ended.status
        if ended.line:
            say(ended.line)
        if splats and not self.options.expect_crash:
            say("kernel splat in the guest: %s" % splats[0])
            status = status if status == EXIT["crash"] else EXIT["splat"]
        if status not in (0, EXIT["failed"]):
            for line in lines[-TAIL_LINES:]:
                sys.stderr.write("  | %s\n" % line)
            say("its console: %s" % self.console_path())
        return status
