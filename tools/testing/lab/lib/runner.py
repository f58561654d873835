#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Run one job in the hypervisor VM and judge how it ended.

Starts the emulator, talks to the agent in the VM (vm/agent.c says how) over
socket pairs that become virtio-serial ports, passes the job's streams through
as they come, watches the kernel's log, ends the VM whatever happens.

Exit status: the job's own, or one of those named in EXIT.
"""
import argparse
import ctypes
import fcntl
import os
import selectors
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
import tty

import splat

EXIT = {"splat": 121, "output": 122, "time": 124, "vm": 125}
BOOT_SECONDS = int(os.environ.get("LAB_BOOT", 120))    # from start to ready
SILENT_SECONDS = int(os.environ.get("LAB_SILENCE", 60))     # without a heartbeat
SETTLE_SECONDS = 3      # from a deadly splat to the end: its trace comes first
END_SECONDS = 20        # from the job's end to the log's
LOG_MAX = 64 << 20      # console or kernel log
BACKLOG = 1 << 20       # job output that waits for our reader
TAIL_LINES = 40
VM_GONE = "the VM ended by itself"


WORDS_MAX, WORD_MAX = 1000, 65536       # what the agent takes


def say(text):
    sys.stderr.write("lab: %s\n" % text)
    sys.stderr.flush()


class Ended(Exception):
    """The run is over: exit status, and one line unless all is well."""

    def __init__(self, status, line=None, tail=False):
        super().__init__(line)
        self.status, self.line, self.tail = status, line, tail


class Channel:
    """Frames over a socket: type, length, payload (see vm/port.h)."""

    def __init__(self):
        self.ours, self.theirs = socket.socketpair()
        self.ours.setblocking(False)
        self.incoming, self.outgoing = bytearray(), bytearray()

    def send(self, kind, payload=b""):
        self.outgoing += struct.pack("<cI", kind, len(payload)) + payload
        self.flush()

    def flush(self):
        while self.outgoing:
            try:
                del self.outgoing[:self.ours.send(self.outgoing)]
            except BlockingIOError:
                return
            except OSError:
                raise Ended(EXIT["vm"], VM_GONE, tail=True)

    def receive(self):
        try:
            data = self.ours.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            raise Ended(EXIT["vm"], VM_GONE, tail=True)
        self.incoming += data
        while len(self.incoming) >= 5:
            kind, size = struct.unpack_from("<cI", self.incoming)
            if len(self.incoming) < 5 + size:
                return
            payload = bytes(self.incoming[5:5 + size])
            del self.incoming[:5 + size]
            yield kind, payload


class Output:
    """One of our own streams, written without ever blocking the run."""

    def __init__(self, fd):
        self.fd, self.pending = fd, bytearray()

    def write_some(self):
        try:
            # a pipe that polls writable takes this much without blocking
            del self.pending[:os.write(self.fd, self.pending[:4096])]
        except BlockingIOError:
            pass
        except BrokenPipeError:
            raise Ended(128 + signal.SIGPIPE)


class Run:
    def __init__(self, options):
        self.options = options
        self.job, self.log = Channel(), Channel()
        self.outputs = {b"O": Output(1), b"R": Output(2)}
        self.kernel_log = open(self.path("kernel.log"), "wb", buffering=0)
        self.splats = []
        self.started = self.heard = time.monotonic()
        self.job_started = None
        self.settle = self.finish = None
        self.status = None
        self.log_ended = False
        self.credit, self.stdin_open = 0, options.stdin or options.tty
        self.bytes = self.log_bytes = 0
        self.qemu = None

    def path(self, name):
        return os.path.join(self.options.folder, name)

    # -- the VM

    def start(self):
        job = self.options.command + self.options.env
        if len(job) > WORDS_MAX or any(len(os.fsencode(word)) > WORD_MAX for word in job):
            raise Ended(EXIT["vm"], "the command has more than %d words, or one longer than %d bytes"
                        % (WORDS_MAX, WORD_MAX))
        words = open(self.path("command")).read().split("\n")[:-1]
        monitor, port = socket.socketpair()
        words += [
            "-chardev", "file,id=console,path=%s" % self.path("console.log").replace(",", ",,"),
            "-serial", "chardev:console",
            "-chardev", "socket,id=monitor,fd=%d" % monitor.fileno(),
            "-mon", "chardev=monitor,mode=control"]
        ports = {"lab.job": self.job.theirs, "lab.log": self.log.theirs, "lab.qmp": port}
        for number, (name, end) in enumerate(ports.items(), 1):
            words += [
                "-chardev", "socket,id=port%d,fd=%d" % (number, end.fileno()),
                "-device", "virtserialport,bus=channels.0,nr=%d,chardev=port%d,name=%s"
                % (number, number, name)]
        passed = [end.fileno() for end in (monitor, *ports.values())]
        with open(self.path("qemu.log"), "wb") as log:
            self.qemu = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                pass_fds=passed, preexec_fn=die_with_parent)
        for end in (monitor, *ports.values()):
            end.close()

    def stop(self):
        if self.qemu:
            self.qemu.kill()
            self.qemu.wait()

    # -- what comes from the VM

    def ready(self, payload):
        status, = struct.unpack("<I", payload)
        for line in read_lines(self.path("console.log")):
            if line.startswith("lab: "):
                say(line[5:])
        if status:
            raise Ended(EXIT["vm"], "the VM's preparation failed with status %d" % status,
                        tail=True)
        size = (0, 0)
        if self.options.tty:
            size = struct.unpack("HHHH", fcntl.ioctl(0, termios.TIOCGWINSZ, bytes(8)))[:2]
            size = (size[0] or 24, size[1] or 80)
        for word in self.options.env:
            self.job.send(b"E", os.fsencode(word))
        for word in self.options.command:
            self.job.send(b"A", os.fsencode(word))
        self.job.send(b"S", struct.pack("<HH", *size))
        self.job_started = time.monotonic()
        if not self.stdin_open:
            self.job.send(b"I")

    def take_job_frame(self, kind, payload):
        if kind == b"H":
            self.ready(payload)
        elif kind in self.outputs:
            self.outputs[kind].pending += payload
            self.bytes += len(payload)
            if not self.options.tty and self.bytes > self.options.output:
                raise Ended(EXIT["output"], "cut: the command printed more than %d MiB"
                            % (self.options.output >> 20))
        elif kind == b"C":
            self.credit += struct.unpack("<I", payload)[0]
        elif kind == b"X":
            self.status, = struct.unpack("<I", payload)
            self.finish = time.monotonic() + END_SECONDS

    def take_log_frame(self, kind, payload):
        self.heard = time.monotonic()
        if kind == b"F":
            self.log_ended = True
        elif kind == b"L":
            self.take_record(payload)
        elif kind == b"G":
            self.kernel_log.write(b"[records lost]\n")

    def take_record(self, record):
        """A record of /dev/kmsg: priority,sequence,microseconds,flags;text."""
        head, _, text = record.partition(b";")
        fields = head.split(b",")
        priority, stamp = int(fields[0]), int(fields[2])
        text = text.split(b"\n")[0].decode("utf-8", "replace")
        line = ("[%5d.%06d] %s\n" % (stamp // 1000000, stamp % 1000000, text)).encode()
        self.kernel_log.write(line)
        self.log_bytes += len(line)
        if priority >> 3 == 0:      # the kernel itself, no program
            self.look(text)

    def look(self, text):
        kind = splat.kind(text)
        if not kind:
            return
        self.splats.append(text)
        if kind == "deadly" and not self.options.expect_splat and not self.settle:
            self.settle = time.monotonic() + SETTLE_SECONDS

    # -- the run

    def read_stdin(self):
        data = os.read(0, min(self.credit, 32768))
        self.job.send(b"I", data)
        self.credit -= len(data)
        if not data:
            self.stdin_open = False

    def check_clock(self, now):
        if self.settle and now > self.settle:
            raise Ended(EXIT["splat"])
        if self.finish and now > self.finish:
            raise Ended(EXIT["vm"], "the VM's log did not end with the command", tail=True)
        if not self.job_started and now - self.started > BOOT_SECONDS:
            raise Ended(EXIT["vm"], "the VM was not ready after %d s" % BOOT_SECONDS, tail=True)
        if now - self.heard > (SILENT_SECONDS if self.job_started else BOOT_SECONDS):
            raise Ended(EXIT["vm"], "the VM stopped answering: nothing heard for %d s"
                        % SILENT_SECONDS, tail=True)
        if (self.options.limit and self.job_started
                and now - self.job_started > self.options.limit):
            raise Ended(EXIT["time"], "cut: the command ran longer than %d s"
                        % self.options.limit, tail=True)

    def check_logs(self):
        """A log without end is cut as output without end is."""
        if max(self.log_bytes, size_of(self.path("console.log"))) > LOG_MAX:
            raise Ended(EXIT["output"], "cut: the VM's log is longer than %d MiB"
                        % (LOG_MAX >> 20), tail=True)

    def done(self):
        return (self.status is not None and self.log_ended
                and not any(out.pending for out in self.outputs.values()))

    def wanted(self):
        """What to wait for, as {fd: events}."""
        read, write = selectors.EVENT_READ, selectors.EVENT_WRITE
        fds = {self.log.ours.fileno(): read}
        if all(len(out.pending) < BACKLOG for out in self.outputs.values()):
            fds[self.job.ours.fileno()] = read
        if self.job.outgoing:
            fd = self.job.ours.fileno()
            fds[fd] = fds.get(fd, 0) | write
        for out in self.outputs.values():
            if out.pending:
                fds[out.fd] = write
        if self.stdin_open and self.credit > 0:
            fds[0] = fds.get(0, 0) | read
        return fds

    def step(self):
        fds = self.wanted()
        with selectors.PollSelector() as selector:
            for fd, events in fds.items():
                selector.register(fd, events)
            ready = {key.fd: mask for key, mask in selector.select(1)}
        if self.log.ours.fileno() in ready:
            for frame in self.log.receive():
                self.take_log_frame(*frame)
        if ready.get(self.job.ours.fileno(), 0) & selectors.EVENT_READ:
            for frame in self.job.receive():
                self.take_job_frame(*frame)
        for out in self.outputs.values():
            if out.pending and ready.get(out.fd, 0) & selectors.EVENT_WRITE:
                out.write_some()
        if ready.get(0, 0) & selectors.EVENT_READ:
            self.read_stdin()
        self.job.flush()
        self.check_clock(time.monotonic())
        self.check_logs()

    def loop(self):
        while not self.done():
            self.step()
        raise Ended(self.status)

    # -- the verdict

    def judge(self, ended):
        """The exit status; everything a person needs is said on stderr."""
        if not self.log_ended:      # what the agent could not tell any more
            for line in read_lines(self.path("console.log")):
                if splat.kind(line) and not any(seen in line for seen in self.splats):
                    self.splats.append(line)
        if ended.line == VM_GONE and not read_lines(self.path("console.log")):
            complaint = read_lines(self.path("qemu.log")) or ["it said nothing"]
            ended = Ended(ended.status, "the emulator ended: %s" % complaint[-1])
        guests = list(guest_splats(self.options.folder))
        if ended.line:
            say(ended.line)
        status = ended.status
        if self.splats and not self.options.expect_splat:
            say("kernel splat in the VM: %s" % self.splats[0])
            status = EXIT["splat"]
        if guests and not self.options.expect_splat:
            say("kernel splat in a guest: %s: %s" % guests[0])
            status = EXIT["splat"]
        if self.options.expect_splat and not self.splats + guests:
            say("a kernel splat was expected, none came")
            status = EXIT["splat"]
        if ended.tail or status == EXIT["splat"]:
            self.show_tail()
        return status

    def show_tail(self):
        # the console goes on where the agent that sends the log has stopped
        name = "kernel.log" if self.log_ended else "console.log"
        lines = read_lines(self.path(name))
        if not lines:
            name, lines = "qemu.log", read_lines(self.path("qemu.log"))
        if self.splats:
            first = [n for n, line in enumerate(lines) if self.splats[0] in line]
            if first:
                lines = lines[max(0, first[0] - 5):first[0] + TAIL_LINES - 5]
        for line in lines[-TAIL_LINES:]:
            sys.stderr.write("  | %s\n" % line)
        say("the whole log: %s" % self.path(name))


def read_lines(path):
    try:
        with open(path, errors="replace") as file:
            return [line.rstrip("\r\n") for line in file]
    except FileNotFoundError:
        return []


def size_of(path):
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0


def guest_splats(folder):
    """Splats in consoles of nested guests: *console*.log below the run's folder."""
    for here, _, names in os.walk(folder):
        for name in sorted(names):
            path = os.path.join(here, name)
            if here == folder and name == "console.log":
                continue
            if "console" in name and name.endswith(".log"):
                for line in read_lines(path):
                    if splat.kind(line):
                        yield os.path.relpath(path, folder), line


def die_with_parent():
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)    # the runner ends it


def interrupted(number, _frame):
    raise Ended(128 + number, "interrupted; the VM is ended")


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True)
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--output", type=int, default=64 << 20)
    parser.add_argument("--tty", action="store_true")
    parser.add_argument("--stdin", action="store_true")
    parser.add_argument("--expect-splat", action="store_true")
    parser.add_argument("--env", action="append", default=[])
    parser.add_argument("command", nargs="+")
    return parser.parse_args()


def main():
    options = arguments()
    run = Run(options)
    saved = None
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    try:
        run.start()
        if options.tty:
            saved = termios.tcgetattr(0)
            tty.setraw(0)
        run.loop()
    except Ended as end:
        ended = end
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if saved:
            termios.tcsetattr(0, termios.TCSADRAIN, saved)
        run.stop()
    sys.exit(run.judge(ended))


if __name__ == "__main__":
    main()
