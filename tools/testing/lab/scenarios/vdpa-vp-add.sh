#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-vp-add
# about: what `vdpa dev add` asks of NICs and disks under vp_vdpa and ifcvf: mac, mtu, max_vqp, a second device: done, or refused by name
# limit: 240
# where: vm
# kernel: 6.1
# device: -netdev user,id=up0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=2,vf-queues=4 -device ifc-net,id=ifc0,bus=rp1,netdev=up0,host_mtu=1400 -device ifc-blk,id=ifc1,bus=rp2,drive=card0
# when: full
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vfio.sh
. tools/testing/lab/scenarios/lib/vp.sh

foreign=02:00:00:00:00:01

# a function without a PF, by its subsystem id
ifc_with() {
	local function
	for function in /sys/bus/pci/devices/*; do
		[ "$(cat "$function/subsystem_vendor") $(cat "$function/subsystem_device")" != "0x8086 $1" ] || basename "$function"
	done
}
add() { vdpa dev add name n0 mgmtdev "pci/$1" "${@:2}"; }
# refused TEXT LOG FUNCTION ATTRIBUTE...: by the tool and in the log; nothing is left
refused() {
	dmesg -C
	fails "$1" add "${@:3}" && dmesg | grep -q "$2" && ! vdpa dev show n0 >"$tmp/show" 2>&1 && ! irqs_of "$3"
}
irqs_of() { grep -- "-$1-" /proc/interrupts; }
with_irqs() { [ "$(irqs_of "$1" | wc -l)" = "$2" ]; }
mac_of() { vdpa dev config show n0 | sed -n 's/.* mac \([0-9a-f:]*\).*/\1/p'; }
is_up() { bound n0 virtio_vdpa && into_ns n0 "$1"; }
# is_added FUNCTION ATTRIBUTE...: and gone again
is_added() { add "$@" && vdpa dev del n0; }
gone() { ip netns delete n0; vdpa dev del n0; }

channels() { in_ns n0 ethtool -l eth9 | awk '/Combined/ { print $2; exit }'; }
more_kicks() { [ "$(stat_of n0 "$1" kicks)" -gt "$2" ]; }
# the driver waits for the answers
control_answers() {
	local queue=$((2 * $1)) before
	before=$(stat_of n0 $queue kicks)
	in_ns n0 ip link set eth9 promisc on || return 1
	[ "$1" = 1 ] || in_ns n0 ethtool -L eth9 combined 1 || return 1
	wait_for 5 more_kicks $queue "$before" && ! dmesg | grep -i "failed to"
}
shows_pairs() { [ "$1" = 1 ] || says "max_vq_pairs $1" vdpa dev config show n0; }
one_only() {
	local status=0
	add "$1" || return 1
	fails "as many devices as it can have" vdpa dev add name n1 mgmtdev "pci/$1" || status=1
	vdpa dev del n0 && return $status
}
has_mtu() { [ "$(in_ns n0 cat /sys/class/net/eth9/mtu)" = "$1" ]; }

# on_nic LABEL FUNCTION: what a NIC with one pair does on either parent; sets $own, its MAC
on_nic() {
	add "$2" && is_up 10.0.2.21
	own=$(mac_of)
	gone
	check_that "$1: its own mac" is_added "$2" mac "$own"
	check_that "$1: another mac is refused" refused "mac refused" "mac $foreign refused: the function has $own" "$2" mac $foreign
	check_that "$1: a single pair" is_added "$2" max_vqp 1
	check_that "$1: a second device is refused" one_only "$2"
	check_that "$1: it is added after all of that" is_added "$2"
}

start
vdpa_load virtio_vdpa ifcvf
check_that "VFs with four queue pairs" vp_vfs rp0 2
vf=${vp_vfs[0]}
net=$(ifc_with 0x001a) blk=$(ifc_with 0x0002)

on_nic vp_vdpa "$vf"
check_that "vp_vdpa: an MTU that it has not is refused" refused "mtu refused" "mtu 1400 refused: the function has 0" "$vf" mtu 1400
check_that "vp_vdpa: more pairs than it has are refused" refused "max_vqp refused" "max_vqp 5 refused: the function has 4" "$vf" max_vqp 5
check_that "vp_vdpa: its own mac, and more pairs" refused "max_vqp refused" "max_vqp 9 refused" "$vf" mac "$own" max_vqp 9
for pairs in 1 2 3 4; do
	check_that "vp_vdpa: $pairs of 4 pairs" add "$vf" max_vqp $pairs
	check_that "vp_vdpa: a vector for each queue of $pairs pairs" with_irqs "$vf" $((2 * pairs + 2))
	check_that "vp_vdpa: its interface" is_up 10.0.2.21
	check_that "vp_vdpa: it shows $pairs" shows_pairs $pairs
	# the control queue is where the driver believes it to be: the receive modes are set by it
	check_that "vp_vdpa: the control queue answers" control_answers $pairs
	check_that "vp_vdpa: so many channels" [ "$(channels)" = $pairs ]
	gone
done

modprobe vhost_vdpa
check_that "vp_vdpa: for a process" vdpa dev add name vptest mgmtdev "pci/$vf"
results_of "vp_vdpa" /lab/out/selftests/vdpa/vp_nic_test
check_that "the log says which queue is not started" eval 'dmesg | grep -q "vptest: queue 4 with 0 entries not started: with these features it has 0"'
check_that "it goes" vdpa dev del vptest

check_that "ifcvf: the NIC is its" give_to ifcvf "$net"
on_nic ifcvf "$net"
check_that "ifcvf: the MTU that it has" add "$net" mtu 1400
check_that "ifcvf: its interface" is_up 10.0.2.22
check_that "ifcvf: has it" has_mtu 1400
gone
check_that "ifcvf: another MTU is refused" refused "mtu refused" "mtu 1300 refused: the function has 1400" "$net" mtu 1300
check_that "ifcvf: more pairs than it has are refused" refused "max_vqp refused" "max_vqp 2 refused: the function has 1" "$net" max_vqp 2

check_that "the disk is ifcvf's" give_to ifcvf "$blk"
for attribute in "mac $foreign" "mtu 1400" "max_vqp 1"; do
	# shellcheck disable=SC2086	# words
	check_that "ifcvf: a disk has no ${attribute% *}" fails "does not support ${attribute% *}" add "$blk" $attribute
done
check_that "the disk is vp_vdpa's" give_to vp_vdpa "$blk"
for attribute in "mac $foreign" "mtu 1400" "max_vqp 1"; do
	# shellcheck disable=SC2086	# words
	check_that "vp_vdpa: a disk has no ${attribute% *}" fails "does not support ${attribute% *}" add "$blk" $attribute
done
check_that "the NIC with an MTU is vp_vdpa's" give_to vp_vdpa "$net"
check_that "vp_vdpa: the MTU that it has" is_added "$net" mtu 1400
finish
