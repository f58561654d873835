#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-vp-suspend
# about: a VF with VIRTIO_F_SUSPEND, whose PF cannot stop it, under vp_vdpa: suspended and resumed by its status; one that does not suspend
# limit: 200
# where: vm
# kernel: 6.1
# device: -device virtio-blk-pf,id=pf1,bus=rp1,vfs=2,migration=off,suspend=on,drive=card0,vf-drives=card1:card2
# when: full
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vfio.sh
. tools/testing/lab/scenarios/lib/vp.sh

tests=/lab/out/selftests/vdpa
timeout_ms=/sys/module/vp_vdpa/parameters/reset_timeout_ms

added() { vdpa dev add name vptest mgmtdev "pci/$1" && bound vptest vhost_vdpa && wait_for 10 compgen -G "/sys/bus/vdpa/devices/vptest/vhost-vdpa-*"; }
said() { dmesg | grep -q "vptest: .*$1"; }

start
vdpa_load vhost_vdpa
check_that "a VF of a PF without device parts" vp_vfs rp1 1
vf=${vp_vfs[0]}
check_that "its device" added "$vf"
results_of "by its status" $tests/vp_state_test it_says_that_it_can suspended_it_has_a_place suspended_it_does_nothing \
	again_is_no_error before_it_runs_there_is_nothing_to_suspend after_a_suspend_it_starts_anew \
	another_place_while_it_runs
results_of "what is seen of it" $tests/vp_suspend_test its_user_sees_neither_bit a_status_does_not_resume_it \
	kicks_wait_until_it_resumes it_is_notified_when_it_resumes its_configuration_is_not_written \
	another_place_is_refused it_is_suspended_although_it_was_before a_reset_while_suspended
check_that "the log has the write that was not done" said "not written: the function is suspended"
echo 500 >$timeout_ms
results_of "something stays in flight" $tests/vp_suspend_test it_does_not_suspend
check_that "the log says so" said "does not suspend, status 0x.* bus mastering disabled"
results_of "after that" $tests/vp_state_test suspended_it_has_a_place suspended_it_does_nothing
check_that "nothing is in the way of the VF's going" set_vfs "$(pf_of rp1)" 0
check_that "nothing stays pinned" nothing_pinned
finish
