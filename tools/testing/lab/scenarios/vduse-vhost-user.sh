#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vduse-vhost-user
# about: the storage daemon's vhost-user export as a VDUSE disk: verified, restarted at both ends under load
# limit: 400
# when: full
# where: vm
# kernel: 6.1
# device:
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vduse.sh

disk='' qsd_pid='' vu_pid=''
at_end() {
	[ -z "$qsd_pid" ] || kill -9 "$qsd_pid" 2>"$tmp/kill" || :
	[ -z "$vu_pid" ] || kill -9 "$vu_pid" 2>"$tmp/kill" || :
}

file=$tmp/disk
truncate -s 64M "$file"

# the back end: an unchanged one
back_end() {
	rm -f "$tmp/socket"
	qemu-storage-daemon --blockdev "driver=file,filename=$file,node-name=f0,cache.direct=off,discard=unmap" \
		--blockdev driver=raw,file=f0,node-name=d0,discard=unmap \
		--export "type=vhost-user-blk,id=e0,node-name=d0,writable=on,num-queues=2,addr.type=unix,addr.path=$tmp/socket" \
		>"$tmp/qsd" 2>&1 &
	qsd_pid=$!
	wait_for 20 [ -S "$tmp/socket" ] || { sed 's/^/# /' "$tmp/qsd"; return 1; }
}
# one of ours, which writes down what it works on; what it says is kept over its restarts
recording_back_end() {
	/lab/out/selftests/vdpa/vhost_user_disk "$tmp/socket" "$file" >>"$tmp/records" 2>&1 &
	qsd_pid=$!
	wait_for 20 has_socket "$qsd_pid" || { sed 's/^/# /' "$tmp/records"; return 1; }
}
# it listens: its predecessor's file may still be there
has_socket() { grep -q "$tmp/socket" /proc/net/unix && kill -0 "$1"; }
front_end() {
	/lab/out/vduse/vduse-vhost-user -n v0 "$@" "$tmp/socket" >"$tmp/vu" 2>&1 &
	vu_pid=$!
	wait_for 20 grep -q 'is there' "$tmp/vu" || { sed 's/^/# /' "$tmp/vu"; return 1; }
}
end_of() { kill "$1" && wait "$1"; }
killed() { kill -9 "$1"; wait "$1" || :; }
refuses() { ! /lab/out/vduse/vduse-vhost-user "$@" 2>"$tmp/refused" && [ -s "$tmp/refused" ]; }

verify() {
	disk_verifies --rw=randwrite --bsrange=512-128k --blockalign=512 "$@"
}
same() { blockdev --flushbufs "$disk" && cmp "$disk" "$file"; }
zeroes() { blkdiscard -o $((1 << 20)) -l $((3 << 20)) "$disk" && cmp -n $((3 << 20)) --ignore-initial=$((1 << 20)):0 "$file" /dev/zero; }

# it verifies while COMMAND... is done
load() {
	verify --time_based --runtime=15 --verify_backlog=256 >"$tmp/load" 2>&1 &
	load=$!
	sleep 3
}
load_fails() { ! wait $load; }
# its driver resets it, whatever number the disk has then
again() {
	local device
	device=$(basename /sys/bus/vdpa/devices/v0/virtio*)
	echo "$device" >/sys/bus/virtio/drivers/virtio_blk/unbind && echo "$device" >/sys/bus/virtio/drivers/virtio_blk/bind &&
		wait_for 20 disk_of v0 && disk=/dev/$(disk_of v0) && udevadm settle --timeout=30
}
survives_front_end() {
	load
	killed "$vu_pid"
	front_end "$@" && wait $load || { sed 's/^/# /' "$tmp/load"; return 1; }
}
connected_again() { [ "$(grep -c 'a back end again' "$tmp/vu")" -ge "$1" ]; }
survives_back_ends() {
	local times
	load
	for times in 1 2; do
		killed "$qsd_pid"
		recording_back_end && wait_for 20 connected_again $times || return 1
		sleep 2
	done
	wait $load || { sed 's/^/# /' "$tmp/load"; return 1; }
}
# the program is not in the data path: it is stopped, and the disk works
not_in_between() {
	local status=0
	kill -STOP "$vu_pid"
	verify || status=1
	kill -CONT "$vu_pid"
	return $status
}

plan 40
echo 40 >/proc/sys/vm/nr_hugepages
vdpa_load vduse virtio_vdpa
check_that "no back end" refuses "$tmp/socket"
check_that "no number" refuses -q 0 "$tmp/socket"
check_that "no power of 2" refuses -s 100 "$tmp/socket"
check_that "no such kind" refuses -t scsi "$tmp/socket"
check_that "a back end" back_end
check_that "a device of it" front_end -q 2
check_that "a disk" vduse_disk v0
check_that "verified" verify
check_that "ext4, files come back" disk_keeps_ext4
check_that "the back end's file holds it" same
check_that "what was discarded is zeroes" zeroes
check_that "verified while the program is stopped" not_in_between
check_that "the program is killed under load, and started again: nothing is lost" survives_front_end -q 2
check_that "off the bus" vdpa dev del v0
check_that "and on it again" vduse_disk v0
check_that "verified" verify
check_that "removal under load" disk_removed_under_load v0
check_that "the program ends, and its device goes" end_of "$vu_pid"
check_that "with huge pages: a device" front_end -q 2 -H
check_that "a disk" vduse_disk v0
check_that "verified" verify
echo 1 >/sys/class/vduse/v0/grace
load
killed "$qsd_pid"
check_that "the back end is killed: requests end with errors" load_fails
check_that "another back end" back_end
check_that "the program is connected to it" wait_for 20 grep -q 'a back end again' "$tmp/vu"
check_that "the driver resets the device" again
check_that "verified" verify
check_that "off the bus" vdpa dev del v0
killed "$qsd_pid"
check_that "with nobody on the bus another back end is as good" back_end
check_that "a disk" vduse_disk v0
check_that "verified" verify
vdpa dev del v0
check_that "the program ends, and its device goes" end_of "$vu_pid"
end_of "$qsd_pid" || :
check_that "a back end that records what is in flight" recording_back_end
check_that "a device of it" front_end
check_that "a disk" vduse_disk v0
check_that "verified" verify
check_that "the back end is killed twice under load, and started again: nothing is lost" survives_back_ends
check_that "requests were in flight" grep -q '^[1-9][0-9]* were in flight' "$tmp/records"
check_that "verified" verify
check_that "off the bus" vdpa dev del v0
check_that "the program ends, and its device goes" end_of "$vu_pid"
killed "$qsd_pid"
rmmod vduse virtio_vdpa vdpa
