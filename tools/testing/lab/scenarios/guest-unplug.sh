#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: guest-unplug
# about: a VF is unplugged from a running legacy guest, by QEMU and by the host, and comes back
# when: full
# limit: 900
# where: vm
# kernel: 6.1
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh

# The host takes the driver away: vfio asks QEMU, QEMU asks the guest, unbind waits.
host_takes_it() {
	timeout 60 bash -c "echo $1 >/sys/bus/pci/devices/$1/driver/unbind" && [ -z "$(driver_of "$1")" ]
}
bound_again() { give_to "$VF_DRIVER" "$1"; }

plan 11
mapfile -t vfs < <(vfs_for_guests rp0 1 "$VF_DRIVER")
vf=${vfs[0]:-none}
guest_start g --vf "$vf"
check_that "the guest has its network" guest_tell g net=eth0,dhcp
check_that "QEMU unplugs the VF" guest_tell g unplug=0
check_that "its interface is gone in the guest" guest_tell g absent=/sys/class/net/eth0
check_that "the VF is plugged in again" guest_tell g "plug=$vf"
check_that "its interface comes back" guest_tell g present=/sys/class/net/eth0,20
check_that "and the network with it" guest_tell g net=eth0,dhcp
check_that "no echo is lost" guest_tell g ping=$UPLINK,5
if [[ $LAB_KERNEL = *-debug ]]; then
	# KASAN ends the VM then (Documentation/kernel-bugs.rst)
	skip "the host takes the VF from the running guest" "vfio itself frees a container in use"
	skip "its interface is gone in the guest" "the host did not take it"
else
	check_that "the host takes the VF from the running guest" host_takes_it "$vf"
	check_that "its interface is gone in the guest" guest_tell g absent=/sys/class/net/eth0
fi
check_that "the guest ends well" guest_end g
check_that "the VF can be bound again, nothing is held" eval 'bound_again "$vf" && nothing_held rp0 0'
