#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-vp-packed
# about: VFs with packed rings under vp_vdpa: where the ring is, by the part of our own, and that it goes on there; refused without it
# limit: 200
# where: vm
# kernel: 6.1
# device: -device virtio-blk-pf,id=pf0,bus=rp0,vfs=1,packed=on,migration=off,suspend=on,drive=card0,vf-drives=card1 -device virtio-blk-pf,id=pf1,bus=rp1,vfs=1,packed=on,drive=card2,vf-drives=card3
# when: full
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vfio.sh
. tools/testing/lab/scenarios/lib/vp.sh

test=/lab/out/selftests/vdpa/vp_packed_test
# FLUSH, VERSION_1, ACCESS_PLATFORM, RING_PACKED
features=0x700000200

added() {
	/lab/out/selftests/vdpa/add vptest "pci/$1" - $features && bound vptest vhost_vdpa &&
		wait_for 10 compgen -G "/sys/bus/vdpa/devices/vptest/vhost-vdpa-*"
}

start
vdpa_load vhost_vdpa
check_that "a VF of a PF with device parts" vp_vfs rp1 1
check_that "its device, with packed rings" added "${vp_vfs[0]}"
results_of "by the owner" $test suspended_it_has_a_place after_a_reset_it_goes_on_in_the_ring \
	what_was_offered_meanwhile_is_done a_queue_is_enabled_there_after_it_starts a_new_ring_is_a_new_ring \
	a_place_that_is_not_in_the_ring
check_that "the log has the place that is not in the ring" eval 'dmesg | grep -q "vptest: queue 0 cannot start at 0x8008, 0x8000: it has 8 entries"'
check_that "it is deleted" vdpa dev del vptest
check_that "a VF of a PF without" vp_vfs rp0 1
check_that "its device, with packed rings as well" added "${vp_vfs[0]}"
results_of "by its status" $test without_the_part_a_place_is_refused
check_that "it is deleted too" vdpa dev del vptest
check_that "nothing stays pinned" nothing_pinned
finish
