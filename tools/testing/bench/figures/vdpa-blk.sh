#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-blk
# about: fio on a simulated disk under virtio_blk
# quick: yes
# limit: 150
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/vdpa.sh

seconds=3
[ "${BENCH_QUICK:-}" != 1 ] || seconds=1

# flow CASE UNIT FIELD ARGUMENTS...: field 8 of fio's terse form is a read's IO/s, 49 a
# write's; 7 and 48 are KiB/s
flow() {
	local what=$1 unit=$2 field=$3
	shift 3
	fio --name=bench --filename="$disk" --direct=1 --ioengine=libaio --iodepth=16 --time_based \
		--runtime=$seconds --ramp_time=1 --size=64m --output-format=terse \
		--terse-version=3 "$@" | awk -F ';' -v at="$field" -v what="$what" -v unit="$unit" \
		'/^3;/ { print "vdpa-blk", what, unit, $at }'
}

# flows SUFFIX
flows() {
	vdpa dev add name bench mgmtdev vdpasim_blk
	wait_for 10 disk_of bench
	disk=/dev/$(disk_of bench)
	udevadm settle --timeout=30
	# what was never written may be read faster
	dd if=/dev/zero of="$disk" bs=1M count=64 oflag=direct 2>"$tmp/dd"
	flow "4k-randread$1" IO/s 8 --rw=randread --bs=4k
	flow "4k-randwrite$1" IO/s 49 --rw=randwrite --bs=4k
	flow "128k-read$1" KiB/s 7 --rw=read --bs=128k
	flow "128k-write$1" KiB/s 48 --rw=write --bs=128k
	vdpa dev del bench
}

vdpa_load vdpa_sim_blk virtio_vdpa
# what each side offers unasked
flows ,unasked
# the kernel's own has no more to offer
[ "$BENCH_SIDE" != ours ] || offer indirect_desc ring_reset
flows ""
rmmod vdpa_sim_blk virtio_vdpa
