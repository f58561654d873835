#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: kernel-6.12-owner
# about: on 6.12, our PF driver beside the built-in one: taken over, used, both at once, given back
# limit: 300
# when: named
# where: vm
# kernel: 6.12
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vfio.sh

tracing=/sys/kernel/tracing
host=10.0.2.200

loaded() { [ -d "/sys/module/$1" ]; }
refused() { ! "$@" >/dev/null 2>&1; }

# to_owner PF, to_built_in PF: as Documentation/kernels.rst tells an administrator
to_owner() { give_to virtio-pci-owner "$1"; }
to_built_in() {
	echo >"/sys/bus/pci/devices/$1/driver_override"
	echo "$1" >"/sys/bus/pci/devices/$1/driver/unbind"
	echo "$1" >/sys/bus/pci/drivers_probe
	[ "$(driver_of "$1")" = virtio-pci ]
}

# The PF's interface is another one each time its driver changes
network_works() {
	local interface status=0
	udevadm settle --timeout=30
	interface=$(basename "/sys/bus/pci/devices/$1"/virtio*/net/*)
	ip link set "$interface" up && ip addr add $host/24 dev "$interface"
	ping -q -c 5 -i 0.2 -W 5 10.0.2.2 >"$tmp/ping" || status=$?
	ip addr flush dev "$interface"
	return $status
}

counter() { sed -n "s/^$2 //p" "/sys/kernel/debug/virtio_pci/$pf/$1"; }
counted() { [ "$(counter vf0 command_legacy_common_cfg_read)" -gt 0 ] && grep -qx 'queue open' "/sys/kernel/debug/virtio_pci/$pf/stats"; }
traced() { grep -q "virtio_pci_admin_complete: device=$pf .* ret=0" "$tracing/trace"; }
uncounted() { [ ! -e "/sys/kernel/debug/virtio_pci/$1" ]; }

# vfio_tests LABEL PROGRAM...: on $vf
vfio_tests() {
	local label=$1 program
	shift
	export VFIO_DEVICE=$vf
	for program in "$@"; do
		results_of "$label" "$VFIO_TESTS/${program}_test"
	done
}

start
net=$(pf_of rp0) blk=$(pf_of rp1)
modprobe virtio-vfio-pci
check_that "virtio-vfio-pci loads without virtio_pci_owner" refused loaded virtio_pci_owner

# one of another version: struct virtio_pci_admin_calls has its size (byte 0) and abi (byte 8)
other_version() {
	/usr/bin/python3 -B tools/testing/lab/scenarios/lib/module_file.py bump \
		"$(modinfo -n virtio_pci_owner)" "$tmp/virtio_pci_owner.ko" vpo_admin_calls "$1" &&
		insmod "$tmp/virtio_pci_owner.ko"
}
said="virtio_pci_owner ignored: its interface is of another version, reinstall both modules"
ignored() { dmesg | grep -qF "$1: $said"; }
for byte in 0 8; do
	dmesg --clear
	check_that "virtio_pci_owner of another version, byte $byte" other_version $byte
	check_that "a VF of the built-in driver is bound all the same" transitional rp1 1
	vfio_tests "beside another version" region
	check_that "the log says which module is ignored, and what to do" ignored "$vf"
	set_vfs "$blk" 0
	check_that "the net PF is given to it" to_owner "$net"
	set_vfs "$net" 1
	vf=$(vfs_of "$net" | head -n 1)
	check_that "a VF of its PF is bound" give_to virtio-vfio-pci "$vf"
	check_that "the log says so too" ignored "$vf"
	check_that "it is one without legacy registers" eval \
		"dmesg | grep -F '$vf: no legacy interface'"
	set_vfs "$net" 0
	check_that "nobody uses that module" rmmod virtio_pci_owner
	check_that "the built-in driver has the PF again" to_built_in "$net"
done

modprobe virtio_pci_owner
check_that "virtio_pci_owner takes nothing by itself" [ "$(driver_of "$net") $(driver_of "$blk")" = "virtio-pci virtio-pci" ]
check_that "the net PF is taken over by driver_override" to_owner "$net"
check_that "its network works" network_works "$net"

mountpoint -q $tracing || mount -t tracefs tracefs $tracing
echo 1 >$tracing/events/virtio_pci/enable
check_that "ours: its VFs are bound to virtio-vfio-pci" transitional rp0 2
vfio_tests "ours" region config bar0
check_that "ours: commands are counted" counted
check_that "ours: commands are traced" traced
card faults pf0 'vf0:notify=owner'
export VFIO_NOTIFY_COUNT="/lab/tools/testing/lab/scenarios/lib/notify_count.sh pf0 0 owner"
vfio_tests "ours, the owner's address" notify
card faults pf0 ''
check_that "ours: it cannot be unloaded while a VF is bound" refused rmmod virtio_pci_owner

check_that "built-in, at the same time: a VF of the block PF is bound" transitional rp1 1
vfio_tests "built-in" region bar0
check_that "built-in: nothing of ours counted it" uncounted "$blk"
vf=$(vfs_of "$net" | tail -n 1)
vfio_tests "ours, still" region

set_vfs "$net" 0
check_that "the net PF is given back" to_built_in "$net"
check_that "its network works again" network_works "$net"
check_that "virtio_pci_owner is unloaded" rmmod virtio_pci_owner
check_that "built-in: the net PF's VFs are bound" transitional rp0 1
vfio_tests "built-in" region
finish
