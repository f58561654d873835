#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In the VM, with the disks of clients and of libvirt: `virsh save` and `virsh restore` of
# domains on a simulated NIC that was made without words, with QEMU 10.0 below libvirt 11.3.
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vdpa-guest.sh
. tools/testing/lab/clients/over.sh
. tools/testing/lab/clients/domain.sh
. tools/testing/lab/clients/trees.sh

# devices NAME: a domain's NIC and its emulator
devices() {
	cat >"$tmp/devices-$1" <<-XML
		<emulator>$emulator</emulator>
		<interface type='vdpa'>
		  <mac address='02:00:00:00:00:99'/>
		  <source dev='/dev/$node'/>
		  <model type='virtio'/>
		  <rom enabled='no'/>
		</interface>
	XML
}
# modern or legacy: what is done with the kernel's words of domain.sh
define() {
	devices "$1" && domain_define "$1" "$tmp/devices-$1" || return 1
	[ "$2" = legacy ] || domain_is_modern "$1"
}
reaches() { guest_tell "$1" ping=10.7.0.1,5 && guest_tell "$1" ping=10.7.0.1,3,1400; }
rows() {
	check_that "$1: the domain is defined" define "$1" "$1"
	check_that "$1: it starts" domain_start "$1"
	check_that "$1: it has a network" eval "guest_tell $1 net=eth0,10.7.0.2/24 && reaches $1"
	check_that "$1: it is saved" domain_save "$1"
	check_that "$1: nothing is pinned meanwhile" nothing_pinned
	check_that "$1: it is restored" domain_restore "$1"
	check_that "$1: it has a network" reaches "$1"
	check_that "$1: the guest powers off" guest_end "$1"
}

plan 20
check_that "the disk of clients" enter_trees
check_that "NICs, made without words" nics
check_that "libvirt 11.3, of Debian 12's backports" libvirt_as_root
check_that "it knows QEMU 10.0" knows_emulator
rows modern
rows legacy
