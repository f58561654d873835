#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-trap
# about: of a migratable VF's modern BAR only the doorbells can be mapped: each page, each register and width, and when not
# limit: 300
# when: full
# where: vm
# kernel: 6.1
# device: -netdev user,id=up0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=4,uplink=up0 -device virtio-blk-pf,id=pf1,bus=rp1,vfs=4,drive=card0,vf-drives=card1:card2:card3:card4 -device virtio-net-pf,id=pf2,bus=rp2,vfs=2,migration=off
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vfio.sh

line="modern registers are mapped, not trapped"

registers_are() { [ "$(cat "/sys/bus/pci/devices/$1/modern_registers")" = "$2" ]; }
said() { dmesg | grep -F "$1: $line" >"$tmp/said"; }

# lie_of_vfs TYPE LIES: what reads of the configuration space of all such VFs find
lie_of_vfs() {
	local found=0 number path type
	for number in {0..99}; do
		path="/machine/unattached/device[$number]"
		type=$(card get "$path" type 2>"$tmp/none") || continue
		[ "$type" = "$1" ] || continue
		card set "$path" lies "$2" && found=$((found + 1))
	done
	[ $found -gt 0 ]
}

# the capability of the doorbells names the page of the common configuration
shared_page() {
	lie_of_vfs virtio-net-vf 'cap2+8/4=0x800' && give_to virtio-vfio-pci "$1" || return 1
	lie_of_vfs virtio-net-vf '' && registers_are "$1" shared && said "$1" && [ "$(wc -l <"$tmp/said")" = 1 ]
}

# with the kernel's own virtio_pci built in no VF of it can migrate
own_owner() {
	[[ $(uname -r) = 6.12.* ]] || return 0
	modprobe virtio_pci_owner && give_to virtio-pci-owner "$(pf_of rp0)" &&
		give_to virtio-pci-owner "$(pf_of rp1)" && udevadm settle --timeout=30
}

start
modprobe -a vfio-pci virtio-vfio-pci
check_that "the PFs have a driver with device parts" own_owner
for type in blk:rp1 net:rp0; do
	IFS=: read -r name port <<<"$type"
	check_that "$name: driverctl binds virtio-vfio-pci" transitional "$port" 2
	check_that "$name: the registers of a VF that can migrate are trapped" registers_are "$vf" trapped
	check_that "$name: a VF that is bound with trap_modern=N" bind_mapped "${vfs[1]}"
	check_that "$name: has them mapped" registers_are "${vfs[1]}" mapped
	check_that "$name: the other one is as it was" registers_are "$vf" trapped
	export VFIO_MAPPED=${vfs[1]}
	VFIO_DEVICE=$vf results_of "$name" "$VFIO_TESTS/trap_test"
	VFIO_DEVICE=${vfs[1]} results_of "$name, mapped" "$VFIO_TESTS/trap_test"
done
check_that "no line is logged about these" eval '! said ""'
check_that "doorbells on a page with registers: mapped, and one line says so" shared_page "${vfs[0]}"
export VFIO_DEVICE=${vfs[0]}
results_of "shared" "$VFIO_TESTS/trap_test"
check_that "bound again, without the lie: trapped" give_to virtio-vfio-pci "${vfs[0]}"
check_that "trapped it is" registers_are "${vfs[0]}" trapped
check_that "a VF of a card without device parts" transitional rp2 1
check_that "is mapped" registers_are "$vf" mapped
VFIO_DEVICE=$vf results_of "no migration" "$VFIO_TESTS/trap_test"
finish
