#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-dirty-driver
# about: pages that a VF writes to, logged by the driver: none missing, the guest's rings and interrupts, what ends it
# limit: 900
# when: full
# where: vm
# kernel: 6.1
# device: -netdev user,id=up0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=4,uplink=up0,packed=on -device virtio-blk-pf,id=pf1,bus=rp1,vfs=4,drive=card0,vf-drives=card1:card2:card3:card4 -device virtio-net-pf,id=pf2,bus=rp2,vfs=2,migration=off
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vfio.sh
. tools/testing/lab/scenarios/lib/vfio_user.sh

parameter=/sys/module/virtio_vfio_pci/parameters/dirty_log

has_log() { [ "$(cat "/sys/bus/pci/devices/$1/dirty_log")" = "$2" ]; }

choices() {
	local bad choice
	[ "$(cat $parameter)" = auto ] || return 1
	for bad in 0 x driverx ''; do
		! echo "$bad" >$parameter 2>"$tmp/said" || { echo "# '$bad' was taken"; return 1; }
	done
	for choice in card driver off auto; do
		echo $choice >$parameter && [ "$(cat $parameter)" = $choice ] || return 1
	done
}

# the card has none here, and nothing is done unasked
not_unasked() {
	local choice
	for choice in auto card off; do
		echo $choice >$parameter && give_to virtio-vfio-pci "$vf" && has_log "$vf" none || return 1
	done
}

packed_refused() {
	dmesg | grep -qF "dirty pages: not logged by the driver: the guest uses packed rings, which have no used ring"
}

not_trapped() {
	bind_mapped "${vfs[0]}" && has_log "${vfs[0]}" none &&
		dmesg | grep -qF "${vfs[0]}: no dirty page tracking by the driver: registers of modern drivers are not trapped"
}


start
modprobe -a vfio-pci virtio-vfio-pci
check_that "who logs is one of four" choices
check_that "driverctl binds virtio-vfio-pci" transitional rp0 4
check_that "a card without a log: none, unless the driver is asked to" not_unasked
set_vfs "$pf" 0
echo driver >$parameter
export VFIO_LOG_BY=driver
for type in net:rp0:pf0 blk:rp1:pf1; do
	IFS=: read -r name port id <<<"$type"
	check_that "$name: driverctl binds virtio-vfio-pci" transitional "$port" 4
	check_that "$name: the driver logs" has_log "$vf" driver
	export VFIO_DEVICE=${vfs[0]} VFIO_PEER=${vfs[1]} VFIO_OTHER=${vfs[2]}
	export VFIO_FAULTS="card faults $id"
	for program in dirty dirty_cost dirty_bad dirty_guest dirty_driver; do
		results_of "$name" "$VFIO_TESTS/${program}_test"
	done
	# the same rings, by the other registers
	export VFIO_INTERFACE=modern
	for program in dirty dirty_guest dirty_driver dirty_modern; do
		results_of "$name, modern" "$VFIO_TESTS/${program}_test"
	done
	unset VFIO_INTERFACE
	# last: what it fails to end has the VF
	results_of "$name" "$VFIO_TESTS/dirty_stuck_test"
done
check_that "that packed rings are refused is said" packed_refused
check_that "a card without device parts" transitional rp2 1
check_that "has no log by the driver" has_log "$vf" none
transitional rp0 4
pf_is_unbound driver
transitional rp0 4
check_that "nor has a VF whose registers can be mapped, and a line says so" not_trapped
finish
