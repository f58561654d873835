#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vduse-death
# about: the daemon of a disk is killed, stopped, restarted under load: nothing is lost, or it ends in time
# limit: 500
# when: full
# where: vm
# kernel: 6.1
# device:
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vduse.sh

disk=
options=(num-queues=2)
sysfs=/sys/class/vduse/v0
at_end() { [ -z "${qsd_pid:-}" ] || kill -9 "$qsd_pid" 2>"$tmp/kill" || :; }

daemon() { qsd_start v0 "$file" "${options[@]}"; }
killed() { kill -9 "$qsd_pid"; wait "$qsd_pid" || :; }

# requests for writing that the disk has had
writes() { awk '{ print $5 }' "/sys/block/${disk#/dev/}/stat"; }
written() { [ "$(writes)" -gt "$1" ]; }
# load SECONDS: random writes, read back and compared; under way when it returns
load() {
	local before
	before=$(writes)
	fio --name=load --filename="$disk" --direct=1 --ioengine=libaio --iodepth=16 --rw=randwrite \
		--bs=4k --size=32m --verify=crc32c --verify_backlog=512 --do_verify=1 \
		--time_based --runtime="$1" >"$tmp/load" 2>&1 &
	load=$!
	wait_for 30 written $((before + 100))
}
load_ends_well() { wait $load || { sed 's/^/# /' "$tmp/load"; return 1; }; }
load_fails() {
	if wait $load || ! grep -qi 'input/output error' "$tmp/load"; then
		sed 's/^/# /' "$tmp/load"
		return 1
	fi
}
under_way() { kill -0 $load; }

# survives: it is killed under load five times, and each time another one goes on
survives() {
	local round
	load 45
	for round in 1 2 3 4 5; do
		killed
		sleep 0.$round
		daemon || return 1
		sleep 1
		under_way || return 1
	done
	load_ends_well
}

now_ms() { echo $(($(date +%s%N) / 1000000)); }
# takes_less MS COMMAND...
takes_less() {
	local limit=$(($1 * ktap_patience)) begin
	shift
	begin=$(now_ms)
	"$@" || return 1
	begin=$(($(now_ms) - begin))
	echo "# $begin ms: $*"
	[ $begin -lt $limit ]
}
another() { vdpa dev add name other mgmtdev vdpasim_net && vdpa dev del other; }
shows() { vdpa dev show >"$tmp/show" && vdpa mgmtdev show >"$tmp/show"; }
needs_reset() { [ $(($(cat "/sys/bus/vdpa/devices/v0"/virtio*/status) & 0x40)) != 0 ]; }
# the driver starts it again
again() {
	local virtio
	virtio=$(basename /sys/bus/vdpa/devices/v0/virtio*)
	echo "$virtio" >/sys/bus/virtio/drivers/virtio_blk/unbind &&
		echo "$virtio" >/sys/bus/virtio/drivers/virtio_blk/bind &&
		wait_for 10 disk_of v0 && disk=/dev/$(disk_of v0)
}
verify() {
	fio --name=verify --filename="$disk" --direct=1 --ioengine=libaio --iodepth=16 --rw=randwrite \
		--bs=4k --verify=crc32c --do_verify=1 --size=8m >"$tmp/fio" 2>&1 ||
		{ sed 's/^/# /' "$tmp/fio"; return 1; }
}

file=$tmp/disk
truncate -s 64M "$file"
plan 20
vdpa_load vduse virtio_vdpa vdpa_sim_net
check_that "a daemon makes a device" daemon
check_that "it is a disk" vduse_disk v0
check_that "killed and restarted under load, five times: all that was written is there" survives
# what waited for the daemon would take so long
echo 30 >$sysfs/grace

load 90
killed
check_that "without a daemon, what there is can be shown" takes_less 5000 shows
check_that "and another device is made and removed as ever" takes_less 5000 another
check_that "after the grace time its requests fail" takes_less 40000 load_fails
check_that "and it needs a reset" needs_reset
check_that "another daemon" daemon
check_that "gets nothing to do before that" needs_reset
check_that "then the disk works again" again
check_that "as before" verify

load 90
kill -STOP "$qsd_pid"
check_that "a stopped daemon: another device is made and removed as ever" takes_less 5000 another
check_that "the device of the stopped one can be removed, requests or not" takes_less 10000 vdpa dev del v0
wait $load || echo "# fio ended with $?, as it should without its disk"
kill -CONT "$qsd_pid"
check_that "it goes on, and is a disk again" vduse_disk v0
check_that "that works" verify

load 90
killed
check_that "the device of a killed one can be removed at once" takes_less 10000 vdpa dev del v0
wait $load || echo "# fio ended with $?, as it should without its disk"
check_that "another daemon" daemon
check_that "and it is a disk" vduse_disk v0
check_that "that works" verify
vdpa dev del v0
check_that "the daemon ends, and its device goes" qsd_end v0
rmmod vduse virtio_vdpa vdpa_sim_net vdpa_sim vdpa
