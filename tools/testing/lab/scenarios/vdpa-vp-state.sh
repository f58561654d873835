#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-vp-state
# about: a VF under vp_vdpa is suspended and resumed by its owner, and goes on in its ring after a reset; owners that do not answer or refuse
# limit: 300
# where: vm
# kernel: 6.1
# when: full
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vfio.sh
. tools/testing/lab/scenarios/lib/vp.sh

tests=/lab/out/selftests/vdpa
mode=17 parts_set=16	# opcodes

added() { vdpa dev add name vptest mgmtdev "pci/$1" && bound vptest vhost_vdpa && wait_for 10 compgen -G "/sys/bus/vdpa/devices/vptest/vhost-vdpa-*"; }
said() { dmesg | grep -q "vptest: .*$1"; }

start
vdpa_load vhost_vdpa
check_that "the block PF has a driver with device parts" owned rp1
owner=$(driver_of "$(pf_of rp1)" | tr - _)	# virtio_pci, or virtio_pci_owner
timeout_ms=/sys/module/$owner/parameters/admin_timeout_ms
check_that "a VF of the block PF" vp_vfs rp1 1
vf=${vp_vfs[0]}
check_that "its device" added "$vf"
results_of "by the owner" $tests/vp_state_test
results_of "places" $tests/vp_place_test a_place_that_is_not_in_the_ring a_ring_that_is_not_mapped_has_no_place
check_that "the log has both places" said "queue 0 cannot start at entry 1: its used index is 2"

# a VF that was suspended last needs the owner to start
results_of "resumed" $tests/vp_test the_disk_works
echo 500 >"$timeout_ms"
card faults pf1 "vf0:mute;vf0:only=$mode"
results_of "the owner is mute" $tests/vp_place_test mute_owner
card faults pf1 ''
results_of "it answers again" $tests/vp_state_test after_a_reset_it_goes_on_in_the_ring suspended_it_does_nothing
card faults pf1 "vf0:status=22;vf0:only=$parts_set"
results_of "the owner sets no parts" $tests/vp_place_test owner_without_parts
card faults pf1 ''
results_of "resumed again" $tests/vp_test the_disk_works
card faults pf1 "vf0:status=22;vf0:only=$mode"
results_of "the owner refuses" $tests/vp_place_test unwilling_owner
card faults pf1 ''
results_of "after that" $tests/vp_state_test

# a device that was suspended leaves a VF that works for the next driver
check_that "suspended, then deleted" eval '$tests/vp_state_test after_a_suspend_it_starts_anew >"$tmp/test" && vdpa dev del vptest'
check_that "it is added again" added "$vf"
results_of "again" $tests/vp_state_test suspended_it_has_a_place
check_that "the owner's driver is in use" fails "in use" rmmod "$owner"
check_that "the VFs go" set_vfs "$(pf_of rp1)" 0
check_that "nothing stays pinned" nothing_pinned
finish
