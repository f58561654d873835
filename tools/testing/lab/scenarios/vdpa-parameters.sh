#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-parameters
# about: parameters that public scripts give to simulators: each works, none is ignored
# when: full
# limit: 200
# where: vm
# kernel: 6.1
# device:
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/vdpa.sh

parameters=/sys/module/vdpa_sim/parameters
tests=/lab/out/selftests/vdpa

disk() {
	vdpa dev add name "$1" mgmtdev vdpasim_blk && bound "$1" virtio_vdpa && wait_for 10 disk_of "$1" &&
		udevadm settle --timeout=30
}
# WHERE is a number of blocks of 512 bytes; past the page cache
put() { echo "$3" | dd of="/dev/$(disk_of "$1")" seek="$2" bs=512 conv=sync oflag=direct status=none; }
has() { dd if="/dev/$(disk_of "$1")" skip="$2" bs=512 count=1 iflag=direct status=none | grep -q "$3"; }
is_empty() { cmp -n 512 --ignore-initial="$(($2 * 512)):0" "/dev/$(disk_of "$1")" /dev/zero; }
# both write at once, each its own half of a range of which no page is there
both_write() {
	local pids=() n status=0
	for n in 0 1; do
		fio --name=half --filename="/dev/$(disk_of "$([ $n = 0 ] && echo a || echo b)")" --direct=1 \
			--ioengine=libaio --iodepth=8 --rw=write --bs=4k --offset=$((16 + 8 * n))m --size=8m \
			--verify=crc32c --do_verify=1 >"$tmp/fio$n" 2>&1 &
		pids+=($!)
	done
	for n in 0 1; do
		wait "${pids[n]}" || { sed 's/^/# /' "$tmp/fio$n"; status=1; }
	done
	return $status
}
alone() { disk alone && is_empty alone 0 && vdpa dev del alone; }
nothing_unknown() { ! dmesg | grep 'unknown parameter' | sed 's/^/# /' | grep .; }
# one more mapping than there may be
limited() {
	$tests/iotlb_test a_limit_of_the_device >"$tmp/tests" 2>&1 && ! grep -q SKIP "$tmp/tests" ||
		{ sed 's/^/# /' "$tmp/tests"; return 1; }
}

plan 12
dmesg -C
check_that "vdpa_sim batch_mapping, max_iotlb_entries" modprobe vdpa_sim batch_mapping=1 max_iotlb_entries=2048
check_that "vdpa_sim_blk shared_backend" modprobe vdpa_sim_blk shared_backend=1
vdpa_load virtio_vdpa vdpa_sim_net vhost_vdpa
check_that "none of them is unknown" nothing_unknown
echo 200 >$parameters/max_iotlb_entries
check_that "a device's tables have a limit, told whole" limited
echo N >$parameters/batch_mapping
check_that "and told change by change" limited
check_that "two disks" eval 'disk a && disk b'
check_that "what is written to one is read from the other" eval 'put a 0 "of the first" && has b 0 "of the first"'
check_that "and the other way, in the same page" eval \
	'put b 1 "of the second" && has a 1 "of the second" && has a 0 "of the first"'
check_that "both write at once" both_write
check_that "one discards, the other reads zeroes" eval \
	'blkdiscard -o 0 -l 1048576 "/dev/$(disk_of a)" && is_empty b 0 && is_empty b 1'
put a 8 "stays"
vdpa dev del a
vdpa dev del b
check_that "the content stays for the next one" eval 'disk c && has c 8 stays && vdpa dev del c'
echo N >/sys/module/vdpa_sim_blk/parameters/shared_backend
check_that "a disk that does not share is empty" alone
rmmod vdpa_sim_blk vdpa_sim_net vdpa_sim virtio_vdpa vhost_vdpa vdpa
