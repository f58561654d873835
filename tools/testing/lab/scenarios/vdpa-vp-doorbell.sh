#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-vp-doorbell
# about: a VF whose doorbells are pages, under vp_vdpa: a process kicks by a store; the host's disk works
# limit: 120
# where: vm
# kernel: 6.1
# device: -device virtio-blk-pf,id=pf1,bus=rp1,vfs=2,page-per-vq=on,drive=card0,vf-drives=card1:card2
# when: full
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vfio.sh
. tools/testing/lab/scenarios/lib/vp.sh

test=/lab/out/selftests/vdpa/vp_doorbell_test

start
vdpa_load vhost_vdpa virtio_vdpa
check_that "VFs of a card with a page for each doorbell" vp_vfs rp1 2
check_that "a device for a process" eval 'vdpa dev add name vptest mgmtdev "pci/${vp_vfs[0]}" && bound vptest vhost_vdpa &&
	wait_for 10 compgen -G "/sys/bus/vdpa/devices/vptest/vhost-vdpa-*"'
kicks=$(stat_of vptest 0 kicks)
results_of doorbell $test a_store_is_a_kick
check_that "none of 20 kicks was one of the kernel's" [ "$(stat_of vptest 0 kicks)" = "$kicks" ]
results_of doorbell $test both_ways it_is_for_stores
check_that "a disk of the host" eval 'vdpa dev add name b0 mgmtdev "pci/${vp_vfs[1]}" && bound b0 virtio_vdpa && wait_for 20 disk_of b0'
disk=/dev/$(disk_of b0)
check_that "verified" disk_verifies --rw=randrw --bs=4k
results_of doorbell $test it_goes_with_the_device
check_that "nothing stays pinned" nothing_pinned
finish
