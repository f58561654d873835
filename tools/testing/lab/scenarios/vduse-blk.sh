#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vduse-blk
# about: an unchanged qemu-storage-daemon is a disk: fio with verification, ext4, discard, attached twice
# limit: 300
# where: vm
# kernel: 6.1
# device:
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vduse.sh

disk=
# what the driver read, and what the daemon has, are the same
same() { blockdev --flushbufs "$disk" && cmp "$disk" "$file"; }
zeroes() { cmp -n "$2" --ignore-initial="$1:0" "$file" /dev/zero; }
refuses() { ! "$@" 2>"$tmp/refused"; }
quiet_log() { ! dmesg | grep -q 'I/O error'; }
sysfs=/sys/class/vduse/v0

at_end() { [ -z "${qsd_pid:-}" ] || kill "$qsd_pid" 2>"$tmp/kill" || :; }

file=$tmp/disk
truncate -s 64M "$file"
plan 21
vdpa_load vduse virtio_vdpa
check_that "the management device" says "vduse:" vdpa mgmtdev show
check_that "a daemon makes a device" qsd_start v0 "$file" num-queues=2
check_that "what nobody made cannot be attached" fails "Invalid argument" vdpa dev add name v1 mgmtdev vduse
check_that "it is a disk" vduse_disk v0
check_that "of this size" [ "$(blockdev --getsize64 "$disk")" = $((64 << 20)) ]
check_that "not twice" fails "exists" vdpa dev add name v0 mgmtdev vduse
check_that "4k random writes, verified" disk_verifies --rw=randwrite --bs=4k
check_that "odd sizes, mixed" disk_verifies --rw=randrw --bsrange=512-128k --bs_unaligned=0 --blockalign=512
check_that "128k in sequence" disk_verifies --rw=write --bs=128k
check_that "four jobs" disk_verifies --rw=randwrite --bs=4k --numjobs=4 --offset_increment=4m --size=4m
check_that "the daemon's file holds it" same
blkdiscard -o $((1 << 20)) -l $((3 << 20)) "$disk"
check_that "what was discarded is zeroes" zeroes $((1 << 20)) $((3 << 20))
check_that "ext4, files come back" disk_keeps_ext4
echo 30 >$sysfs/msg_timeout
check_that "sizes of the bounce memory are settled" refuses sh -c "echo $((1 << 20)) >$sysfs/bounce_size"
echo 1 >$sysfs/vq0/irq_cb_affinity
check_that "completions on one processor" disk_verifies --rw=randrw --bs=4k
check_that "taken off the bus" vdpa dev del v0
check_that "and put on it again" vduse_disk v0
check_that "the disk works" disk_verifies --rw=randrw --bs=16k
check_that "removal under load" disk_removed_under_load v0
check_that "nothing failed but for that" quiet_log
check_that "the daemon ends, and its device goes" qsd_end v0
rmmod vduse virtio_vdpa vdpa
