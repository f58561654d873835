#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: guest-legacy-blk
# about: a legacy-only guest on a block VF: a filesystem is made, filled, read back; the host finds it
# limit: 900
# where: vm
# kernel: 6.1
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh

# the same VF, driven by the host's virtio_blk: what the guest left on the disk
disk_on_host() {
	driverctl --nosave unset-override "$1"
	give_to virtio-pci "$1" || return 1
	udevadm settle --timeout=30
	basename "/sys/bus/pci/devices/$1"/virtio*/block/*
}
host_sees_the_file() {
	local disk
	disk=$(disk_on_host "$1") || return 1
	mkdir "$tmp/mnt"
	mount -t ext4 -o ro "/dev/$disk" "$tmp/mnt" || return 1
	[ "$(stat -c %s "$tmp/mnt/data")" = $((8 << 20)) ]
	local status=$?
	umount "$tmp/mnt"
	return $status
}

plan 12
mapfile -t vfs < <(vfs_for_guests rp1 2 "$VF_DRIVER")
check_that "the guest does all it is asked" guest blk --vf "${vfs[0]:-none}" -- \
	pci virtio disk=/dev/vda,4 fs=/dev/vda,8
check_that "the VF is transitional in the guest: id" is_field blk pci id 1af4:1001 '"driver":"virtio-pci"'
check_that "subsystem id 2 (block)" is_field blk pci subsystem 1af4:0002 1af4:1001
check_that "revision 0" is_field blk pci revision 0x00 1af4:1001
check_that "I/O ports" [ -n "$(field blk pci io 1af4:1001)" ]
check_that "its driver owns them the legacy way" is_field blk virtio ports_owner virtio-pci-legacy
check_that "no feature bit from 32 on" is_field blk virtio features_from_32 0
check_that "bare sectors came back as written" is_field blk disk bytes $((4 << 20))
check_that "a file came back as written, after unmounting" is_field blk fs bytes $((8 << 20))
check_that "driver and card counted the same commands" counts_agree rp1 pf1 0
check_that "nothing is held when the guest is gone" nothing_held rp1 0
check_that "the host, driving the VF itself, finds that file" host_sees_the_file "${vfs[0]:-none}"
