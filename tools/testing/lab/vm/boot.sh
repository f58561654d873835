#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Prepare the hypervisor VM, once, before its job. Started by the agent; what it
# prints goes to the console, its exit status to the runner.
set -eu
exec </dev/null >/dev/console 2>&1

# option NAME: the value of lab.NAME on the kernel's command line, or nothing
option() { tr ' ' '\n' </proc/cmdline | sed -n "s/^lab\.$1=//p"; }

# note TEXT: the runner shows it to the user
note() { echo "lab: $*"; }

mount_all() {
	mount -t tmpfs -o mode=755 run /run
	mount -t tmpfs tmp /tmp
	mkdir -p /dev/pts /dev/shm /run/lock
	ln -s /proc/self/fd /dev/fd
	ln -s fd/0 /dev/stdin
	ln -s fd/1 /dev/stdout
	ln -s fd/2 /dev/stderr
	mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
	mount -t tmpfs shm /dev/shm
	mount -t debugfs debugfs /sys/kernel/debug
	mount -t tracefs tracefs /sys/kernel/tracing
	[ ! -d /sys/fs/bpf ] || mount -t bpf bpf /sys/fs/bpf
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
}

share() {
	mount -t 9p -o "trans=virtio,version=9p2000.L,msize=512000,access=any,$3" "$1" "$2"
}

# Only what the lab is about: the rest of the machine costs seconds of emulation.
devices() {
	/lib/systemd/systemd-udevd --daemon
	udevadm trigger --action=add --subsystem-match=pci --attr-match=vendor=0x1af4
	udevadm trigger --action=add --subsystem-match=virtio --subsystem-match=virtio-ports \
		--subsystem-match=net --subsystem-match=block --subsystem-match=misc
}

# As many VFs as each PF has.
all_vfs() {
	local function
	for function in /sys/bus/pci/devices/*/sriov_numvfs; do
		[ -e "$function" ] || continue
		cat "${function%/*}/sriov_totalvfs" >"$function" || note "no VFs on $function"
	done
	udevadm settle --timeout=60
}

# One of two hosts (lib/pair.sh) knows the other by its name, and has an end of the network
# between them; libvirt asks for both.
in_pair() {
	local name n=1 port
	name=$(option host)
	case $name in host-a) ;; host-b) n=2 ;; *) return 0 ;; esac
	echo "$name" >/etc/hostname
	printf '%s\n' "127.0.0.1 localhost" "10.0.8.1 host-a" "10.0.8.2 host-b" >/etc/hosts
	for port in /sys/class/net/*; do
		[ "$(cat "$port/address")" = 52:54:00:00:01:0$n ] || continue
		ip address add 10.0.8.$n/24 dev "${port##*/}"
		ip link set "${port##*/}" up
	done
}

mount_all
hostname "$(option host)"
ip link set lo up
devices
modprobe -a 9pnet_virtio 9p
modprobe kvm_amd || note "no KVM in this VM (the processor has no SVM): nested guests will not run"
share lab /lab "$(option share)"
share lab-out /lab-out rw
udevadm settle --timeout=60
in_pair
[ "$(option vfs)" != all ] || all_vfs
