#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Prepare the hypervisor VM, once, before its job. Started by the agent; what it
# prints goes to the console, its exit status to the runner.
set -eu
exec </dev/null >/dev/console 2>&1

# option NAME: the value of lab.NAME on the kernel's command line, or nothing
option() { tr ' ' '\n' </proc/cmdline | sed -n "s/^lab\.$1=//p"; }

mount_all() {
	mount -t tmpfs -o mode=755 run /run
	mount -t tmpfs tmp /tmp
	mkdir -p /dev/pts /dev/shm /run/lock
	mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
	mount -t tmpfs shm /dev/shm
	mount -t debugfs debugfs /sys/kernel/debug
	mount -t tracefs tracefs /sys/kernel/tracing
	mount -t bpf bpf /sys/fs/bpf
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
}

share() {
	mount -t 9p -o "trans=virtio,version=9p2000.L,msize=512000,access=any,$3" "$1" "$2"
}

devices() {
	/lib/systemd/systemd-udevd --daemon
	udevadm trigger --action=add
	udevadm settle --timeout=60
}

mount_all
hostname hypervisor
ip link set lo up
modprobe -a 9pnet_virtio 9p
share lab /lab "$(option share)"
share lab-out /lab-out rw
devices
modprobe kvm_amd nested=1
# nested guests are pinned whole when a VF is passed through
ulimit -l unlimited
