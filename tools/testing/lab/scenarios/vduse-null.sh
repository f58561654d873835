#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vduse-null
# about: the example daemon is a disk: completions by ioctl and by eventfd, memory of its own, a polled ring
# limit: 200
# when: full
# where: vm
# kernel: 6.1
# device:
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vduse.sh

disk=
at_end() { [ -z "${null_pid:-}" ] || kill "$null_pid" 2>"$tmp/kill" || :; }

null_start() {
	/lab/out/vduse/vduse-null -k "$@" >"$tmp/null" 2>&1 &
	null_pid=$!
	wait_for 10 grep -q 'is there' "$tmp/null" || { sed 's/^/# /' "$tmp/null"; return 1; }
}
null_end() {
	kill $null_pid
	wait $null_pid && [ ! -e /dev/vduse/null0 ]
}
verify() {
	fio --name=verify --filename="$disk" --direct=1 --ioengine=libaio --iodepth=16 --rw=randwrite \
		--bsrange=512-128k --blockalign=512 --verify=crc32c --do_verify=1 --size=16m >"$tmp/fio" 2>&1 ||
		{ sed 's/^/# /' "$tmp/fio"; return 1; }
}
serial() { [ "$(cat "/sys/block/${disk#/dev/}/serial")" = null0 ]; }

# works TEXT OPTIONS...
works() {
	local text=$1
	shift
	check_that "$text: the daemon" null_start "$@"
	check_that "$text: a disk" vduse_disk null0
	check_that "$text: it says its name" serial
	check_that "$text: verified" verify
	vdpa dev del null0
	check_that "$text: and again" vduse_disk null0
	check_that "$text: verified" verify
	vdpa dev del null0
	check_that "$text: nothing is left" null_end
}

# what the kernel holds for the daemon's cgroup, in bytes
cgroup=$tmp/cgroup
kernel_memory() { sed -n 's/^kernel //p' "$cgroup/vduse/memory.stat"; }
in_cgroup() {
	mkdir -p "$cgroup" && mount -t cgroup2 none "$cgroup" && echo +memory >"$cgroup/cgroup.subtree_control" &&
		mkdir "$cgroup/vduse"
}
# the driver's context is not the daemon's, and the pages are charged to the daemon
charged() {
	local before
	/lab/out/vduse/vduse-null -k >"$tmp/null" 2>&1 &
	null_pid=$!
	echo $null_pid >"$cgroup/vduse/cgroup.procs"
	wait_for 10 grep -q 'is there' "$tmp/null" && vduse_disk null0 || return 1
	before=$(kernel_memory)
	dd if="$disk" of=/dev/null bs=4M count=8 iflag=direct 2>"$tmp/dd" || return 1
	vdpa dev del null0
	echo "# $before bytes, then $(kernel_memory)"
	[ "$(kernel_memory)" -gt $((before + (1 << 20))) ] && null_end
}

plan 36
echo 40 >/proc/sys/vm/nr_hugepages
vdpa_load vduse virtio_vdpa
works "completions by ioctl"
works "by eventfd" -c
works "memory of its own" -u
works "memory of its own, by eventfd" -c -u
works "polled" -c -p
if in_cgroup 2>"$tmp/no-cgroup"; then
	check_that "its memory is charged to the daemon" charged
	rmdir "$cgroup/vduse"
	umount "$cgroup"
else
	skip "its memory is charged to the daemon" "$(tail -n 1 "$tmp/no-cgroup")"
fi
rmmod vduse virtio_vdpa vdpa
