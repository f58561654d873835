#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-vp-cycles
# about: functions under vp_vdpa and ifcvf are added and deleted 100 times each, unused and used, on a kernel that finds mistakes; nothing is left
# limit: 600
# when: named
# where: vm
# kernel: 7.3-debug
# device: -device virtio-blk-pf,id=pf1,bus=rp1,vfs=1,drive=card0,vf-drives=card1 -device ifc-blk,id=ifc1,bus=rp2,drive=card2
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vfio.sh
. tools/testing/lab/scenarios/lib/vp.sh

rounds=100 used_rounds=10

node() { compgen -G "/sys/bus/vdpa/devices/n0/vhost-vdpa-*" >"$tmp/node"; }
open_it() { dd if="/dev/$(basename "$(cat "$tmp/node")")" count=0 status=none; }
unused() {
	local round
	for ((round = 0; round < rounds; round++)); do
		if ! vdpa dev add name n0 mgmtdev "pci/$1" || ! vdpa dev del n0; then
			echo "# in round $round"
			return 1
		fi
	done
}
used() {
	local round
	for ((round = 0; round < used_rounds; round++)); do
		if ! vdpa dev add name n0 mgmtdev "pci/$1" || ! bound n0 vhost_vdpa || ! wait_for 10 node ||
			! open_it || ! vdpa dev del n0; then
			echo "# in round $round"
			return 1
		fi
	done
}
no_irqs() { ! grep -- "-$1-" /proc/interrupts; }
kernel_memory() { awk '/^SUnreclaim/ { print $2 }' /proc/meminfo; }
# cycles LABEL FUNCTION
cycles() {
	local before after
	vdpa dev add name n0 mgmtdev "pci/$2" && vdpa dev del n0
	before=$(kernel_memory)
	check_that "$1: $rounds additions and deletions" unused "$2"
	after=$(kernel_memory)
	echo "# $1: kernel memory: $before KiB before, $after KiB after"
	check_that "$1: $used_rounds of one that is opened" used "$2"
	check_that "$1: no interrupt is left" no_irqs "$2"
}

start
vdpa_load vp_vdpa ifcvf vhost_vdpa
check_that "a VF" vp_vfs rp1 1
cycles vp_vdpa "${vp_vfs[0]}"
ifc=$(grep -l 0x8086 /sys/bus/pci/devices/*/subsystem_vendor | head -n 1)
ifc=$(basename "$(dirname "$ifc")")
check_that "an IFC function" give_to ifcvf "$ifc"
cycles ifcvf "$ifc"
check_that "unbound" unbind "$ifc"
check_that "the VF goes" set_vfs "$(pf_of rp1)" 0
rmmod ifcvf vhost_vdpa vp_vdpa vdpa
# ktap.sh looks for what is lost
finish
