#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-uapi
# about: the vDPA stack by its own interfaces: every command, message and attribute, badly too; hostile rings
# limit: 600
# where: vm
# kernel: 6.1
# device:
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vfio.sh

tests=/lab/out/selftests/vdpa
# unreclaimable kernel memory, in KiB
kernel_memory() { awk '/^SUnreclaim/ { print $2 }' /proc/meminfo; }

start
echo 4 >/proc/sys/vm/nr_hugepages
vdpa_load vdpa_sim_net vdpa_sim_blk vhost_vdpa
results_of netlink $tests/netlink_test
results_of commands $tests/ioctl_test
results_of mappings $tests/iotlb_test
modprobe fuse
results_of removals $tests/held_test
results_of disk $tests/blk_test
results_of discards $tests/discard_test
results_of "packed rings" $tests/packed_test
results_of NIC $tests/ctrl_test
results_of frames $tests/frame_test
results_of VMMs $tests/vmm_test
results_of notifications $tests/notify_test
results_of races $tests/race_test
check_that "a parent without a mandatory operation is refused" modprobe vdpa_exercise
results_of "another parent" $tests/parent_test
results_of doorbells $tests/doorbell_test
rmmod vdpa_exercise

# the device is told whole tables of mappings
echo Y >/sys/module/vdpa_sim/parameters/batch_mapping
results_of "mappings, whole tables" $tests/iotlb_test only_the_owner_maps ranges overlaps \
	unmapping_what_is_not_mapped memory_that_is_not_there address_spaces batches \
	pinned_memory_is_accounted every_kind_of_memory files_are_let_go mappings_are_charged
results_of "disk, whole tables" $tests/blk_test
echo N >/sys/module/vdpa_sim/parameters/batch_mapping

# what grows once has grown
before=$(kernel_memory)
for _ in 1 2; do
	$tests/blk_test >"$tmp/again" && $tests/ctrl_test >"$tmp/again" || break
done
after=$(kernel_memory)
echo "# kernel memory: $before KiB before, $after KiB after"
check_that "nothing leaks" [ "$after" -lt $((before + 1024)) ]
rmmod vhost_vdpa vdpa_sim_net vdpa_sim_blk

# mappings, the disk and the NIC once more, by virtual addresses
rmmod vdpa_sim
modprobe vdpa_sim use_va=1
vdpa_load vdpa_sim_net vdpa_sim_blk vhost_vdpa
results_of "mappings, virtual addresses" $tests/iotlb_test
results_of "disk, virtual addresses" $tests/blk_test
results_of "packed rings, virtual addresses" $tests/packed_test
results_of "NIC, virtual addresses" $tests/ctrl_test
results_of "frames, virtual addresses" $tests/frame_test
results_of "VMMs, virtual addresses" $tests/vmm_test
results_of "pages that do not come" $tests/va_wait_test
rmmod vhost_vdpa vdpa_sim_net vdpa_sim_blk vdpa_sim vdpa
finish
