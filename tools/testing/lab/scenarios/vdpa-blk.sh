#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-blk
# about: a simulated disk under virtio_blk: fio with verification, ext4, discard, removal under load
# when: full
# limit: 300
# where: vm
# kernel: 6.1
# device:
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/vdpa.sh

disk=
tracing=/sys/kernel/tracing
add() {
	vdpa dev add name "$1" mgmtdev vdpasim_blk && wait_for 10 disk_of "$1" || return 1
	disk=/dev/$(disk_of "$1")
}

zeroes() { cmp -n "$2" --ignore-initial="$1:0" "$disk" /dev/zero; }

# how often the worker of NAME has been woken
worker_wakes() { awk '/^voluntary/ { print $2 }' "/proc/$(pgrep -xf "\[vdpa_sim/$1\]")/status"; }
# requests ARGUMENTS: 2000 such. How often the worker was woken, into $woken; how many were served
# by another task, the one that kicked, into $kicker. Fails if they do.
requests() {
	local before status=0
	before=$(worker_wakes b0) && [ -n "$before" ] || return 1
	printf 'p:lab/%s %s\n' in sim_blk_in out sim_blk_out >$tracing/kprobe_events || return 1
	echo >$tracing/trace
	echo 1 >$tracing/events/lab/enable
	fio --name=wakes --filename="$disk" --direct=1 --ioengine=psync --size=16m --number_ios=2000 "$@" \
		>"$tmp/fio" 2>&1 || status=1
	echo 0 >$tracing/events/lab/enable
	kicker=$(grep '(sim_blk_' $tracing/trace | grep -vc '^ *vdpa_sim/') || :
	: >$tracing/kprobe_events
	woken=$(($(worker_wakes b0) - before))
	echo "# 2000 requests: woken $woken times, $kicker served by who kicked"
	return $status
}
# udev looks at a disk that was written to, with long reads
without_worker() { requests "$@" && [ "$woken" -lt 200 ] && [ "$kicker" -gt 1800 ]; }
with_worker() { requests "$@" && [ "$woken" -ge 200 ] && [ "$kicker" -lt 200 ]; }

# KiB, without what may be dropped
free_memory() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^MemFree/ { print $2 }' /proc/meminfo
}
# twenty disks (five where it takes long), 48 MiB written to each: others take and give some of
# the VM's memory meanwhile, but not half of that. udev's programs close a disk a little later.
gives_back() {
	local before after round rounds=$((20 / slower))
	dd if=/dev/urandom of="$tmp/data" bs=1M count=48 status=none
	udevadm settle
	before=$(free_memory)
	for ((round = 0; round < rounds; round++)); do
		add b2 && dd if="$tmp/data" of="$disk" bs=1M oflag=direct 2>"$tmp/dd" &&
			vdpa dev del b2 || return 1
	done
	udevadm settle
	after=$(free_memory)
	echo "# free before: $before KiB, after: $after KiB"
	[ $((before - after)) -lt $((rounds * 24 << 10)) ]
}

quiet_log() { ! dmesg | grep -q "$1"; }

plan 18
vdpa_load vdpa_sim_blk virtio_vdpa
check_that "a disk of 128 MiB" add b0
check_that "its size" [ "$(blockdev --getsize64 "$disk")" = $((128 << 20)) ]
check_that "it is all zeroes" zeroes 0 $((128 << 20))
check_that "its serial number is its name" [ "$(cat "/sys/block/${disk#/dev/}/serial")" = b0 ]
check_that "4k random writes, verified" disk_verifies --rw=randwrite --bs=4k
check_that "odd sizes, mixed" disk_verifies --rw=randrw --bsrange=512-128k --bs_unaligned=0 --blockalign=512
check_that "128k in sequence" disk_verifies --rw=write --bs=128k
check_that "who asks for short ones serves them" without_worker --rw=randread --bs=4k
check_that "also writes, of what there are pages for" without_worker --rw=randwrite --bs=4k
check_that "long ones are the worker's" with_worker --rw=read --bs=64k --size=128m
check_that "nothing was refused" quiet_log 'I/O error'
blkdiscard -o $((1 << 20)) -l $((3 << 20)) "$disk"
check_that "what was discarded is zeroes" zeroes $((1 << 20)) $((3 << 20))
blkdiscard -z -o 512 -l $((1 << 20)) "$disk"
check_that "written zeroes, not aligned to pages" zeroes 512 $((1 << 20))
check_that "ext4, files come back" disk_keeps_ext4

echo 16 >/sys/module/vdpa_sim_blk/parameters/num_queues
echo 64 >/sys/module/vdpa_sim_blk/parameters/capacity_mib
check_that "another one of 64 MiB with 16 queues" add b1
check_that "verified on four jobs" disk_verifies --rw=randwrite --bs=4k --numjobs=4 --offset_increment=4m --size=4m

check_that "removal under load" disk_removed_under_load b1
check_that "memory comes back with a disk's end" gives_back
rmmod vdpa_sim_blk vdpa_sim virtio_vdpa vdpa
