#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In the VM, with the disk of clients: guests on a disk that an unchanged storage daemon serves by
# VDUSE, with the QEMUs 10.0 and 11.1: by their block driver on libblkio, with which a guest also
# migrates, and by their generic vhost-vdpa device.
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vdpa-guest.sh
. tools/testing/lab/scenarios/lib/vduse.sh
. tools/testing/lab/clients/trees.sh
. tools/testing/lab/clients/process.sh
. tools/testing/lab/clients/goes.sh

times=4		# forth and back, twice
file=$tmp/disk memory='' generic=''

at_end() { [ -z "${qsd_pid:-}" ] || kill -9 "$qsd_pid" 2>"$tmp/kill" || :; }

# Two devices of one disk, as two hosts have them: one process at a time can have a device. The
# guests' queues have 1024 entries in QEMU 10.0.13, whatever the device has (Documentation/vduse.rst).
serve() {
	$qsd --blockdev "driver=file,filename=$file,node-name=f0,cache.direct=off,discard=unmap" \
		--blockdev driver=raw,file=f0,node-name=d0,discard=unmap \
		--export type=vduse-blk,id=e0,node-name=d0,writable=on,name=v0,num-queues=2,queue-size=1024 \
		--export type=vduse-blk,id=e1,node-name=d0,writable=on,name=v1,num-queues=2,queue-size=1024 >"$tmp/qsd-v0" 2>&1 &
	qsd_pid=$!
	wait_for 20 has_open "$qsd_pid" "*/dev/vduse/v1" || { sed 's/^/# /' "$tmp/qsd-v0"; return 1; }
}
# a daemon reads the guest's memory by its file
both_for_processes() {
	local at driver=driver=virtio-blk-vhost-vdpa,node-name=disk,cache.direct=on
	memory=$(memory_of memfd 256)
	for at in v1:b v0:a; do
		for_process "${at%:*}" vduse || return 1
		words[${at#*:}]="$memory -blockdev $driver,path=$node -device virtio-blk-pci,drive=disk"
	done
	generic="$memory -device vhost-vdpa-device-pci,vhostdev=$node"
}
keeps=("disk=/dev/vda,8" "writing=/dev/vda,8" written "fs=/dev/vda,8")

# What the guest wrote last was a file system
host_reads_it() { e2fsck -fn "$file" >"$tmp/fsck" 2>&1 || { sed 's/^/# /' "$tmp/fsck"; return 1; }; }
# reads and writes go on, with another daemon
survives_kill() {
	guest_start "$1" --modern --boot-limit 120 --extra "$2" -- writing=/dev/vda,16 &&
		wait_for_report "$1" "done" 1 || return 1
	sleep 3
	kill -9 "$qsd_pid"
	wait "$qsd_pid"
	serve && sleep 3 && guest_tell "$1" written && guest_tell "$1" fs=/dev/vda,8 && guest_end "$1"
}
moved_and_written() { guest_tell "$1" written && guest_tell "$1" fs=/dev/vda,8 && guest_end "$1"; }

# It does not ask a device that cannot be suspended for the places of its queues, and complains
generic_is_quiet() {
	! grep '^qemu-system-x86_64: ' "/lab-out/guest-$1-qemu.log" |
		grep -vE 'is deprecated|ring restore failed: -1: Operation not permitted' | sed 's/^/# /' | grep .
}

results=15
# rows TREE
rows() {
	local name=$1 text
	use_qemu "$name"
	qsd="chroot $trees/$name qemu-storage-daemon"
	text="QEMU $(qemu_version)"
	rm -f "$file"
	truncate -s 64M "$file"
	check_that "$text: its daemon makes two devices of a disk" serve
	check_that "$text: for processes" both_for_processes
	check_that "$text: block driver: a guest's disk" guest "block-$name" --modern --boot-limit 120 --extra "${words[a]}" -- \
		"${keeps[@]}" reboot "${keeps[@]}"
	check_that "$text: block driver: the host reads what it wrote" host_reads_it
	check_that "$text: block driver: a legacy guest's disk" guest "legacy-$name" --legacy --boot-limit 120 --extra "${words[a]}" -- \
		"${keeps[@]}"
	check_that "$text: block driver: the daemon is killed under load, and restarted" survives_kill "kill-$name" "${words[a]}"
	check_that "$text: block driver: the guest goes forth and back under load" goes "$name" $times writing=/dev/vda,8
	check_that "$text: block driver: all that it wrote is there" moved_and_written "$name-$times"
	check_that "$text: block driver: QEMU had nothing to complain about" eval \
		"qemu_is_quiet block-$name && qemu_is_quiet legacy-$name && qemu_is_quiet kill-$name && goes_quietly $name"
	check_that "$text: generic device: a guest's disk" guest "generic-$name" --modern --boot-limit 120 --extra "$generic" -- \
		"${keeps[@]}" reboot "${keeps[@]}"
	check_that "$text: generic device: the host reads what it wrote" host_reads_it
	check_that "$text: generic device: the daemon is killed under load, and restarted" survives_kill "generic-kill-$name" "$generic"
	check_that "$text: generic device: QEMU had nothing to complain about" eval \
		"generic_is_quiet generic-$name && generic_is_quiet generic-kill-$name"
	check_that "$text: off the bus" eval "vdpa dev del v0 && vdpa dev del v1"
	check_that "$text: the disk is as the last guest left it" host_reads_it
}

plan $((1 + results + 1 + results))
vdpa_load vduse vhost_vdpa
check_that "the disk of clients" enter_trees
rows trixie
check_that "QEMU 10.0: the daemon ends, and its devices go" qsd_end v0
# 11.1's daemon leaves its devices: Documentation/vduse.rst
rows trixie-backports
