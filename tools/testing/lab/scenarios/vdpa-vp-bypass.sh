#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-vp-bypass
# about: when a queue of a function under vp_vdpa is a producer for irq bypass: running, with an eventfd and a vector of its own, not suspended
# limit: 150
# where: vm
# kernel: 6.1
# device: -device virtio-blk-pf,id=pf1,bus=rp1,vfs=1,drive=card0,vf-drives=card1 -device ifc-blk,id=ifc1,bus=rp2,drive=card2,vectors=1
# when: full
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vfio.sh
. tools/testing/lab/scenarios/lib/vp.sh

test=/lab/out/selftests/vdpa/vp_bypass_test

added() { vdpa dev add name vptest mgmtdev "pci/$1" && bound vptest vhost_vdpa && wait_for 10 compgen -G "/sys/bus/vdpa/devices/vptest/vhost-vdpa-*"; }
single() { grep -l 0x8086 /sys/bus/pci/devices/*/subsystem_vendor | head -n 1 | xargs dirname | xargs basename; }

start
vdpa_load vhost_vdpa vdpa_bypass ifcvf
check_that "a VF" vp_vfs rp1 1
check_that "its device" added "${vp_vfs[0]}"
results_of "a VF" $test from_start_to_reset to_the_last_close a_consumer_comes_and_goes with_its_eventfd \
	a_queue_is_enabled_after_it_starts not_while_suspended
check_that "it is unbound" unbind "${vp_vfs[0]}"
one=$(single)
check_that "a function with one vector" give_to ifcvf "$one"
check_that "its device too" added "$one"
results_of "one vector" $test never_with_a_shared_vector
check_that "it is deleted" vdpa dev del vptest
check_that "nothing stays pinned" nothing_pinned
# each consumer and producer has given its references back
rmmod vdpa_bypass ifcvf vp_vdpa vhost_vdpa vdpa
finish
