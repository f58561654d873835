#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In the VM, on a stock kernel: does a driver that no one here wrote find the
# card's admin queue, and do its network drivers run on PF and VFs?
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh

# asked_once OPCODE: the card has had this command for its PF, once
asked_once() { [ "$(card_count pf0 pf commands "$1")" = 1 ]; }

# every interface of the card in a network of its own, so that frames cross the switch
equip() {
	local interface
	interface=$(basename /sys/bus/pci/devices/"$2"/virtio*/net/*)
	ip netns add "$1"
	ip link set "$interface" netns "$1"
	ip -n "$1" addr add "$3/24" dev "$interface"
	ip -n "$1" link set "$interface" up
}

reaches() { ip netns exec "$1" ping -q -c 5 -i 0.2 -w 20 "$2" | grep ' 0% packet loss' >/dev/null; }

features_of() { cat /sys/bus/pci/devices/"$1"/virtio*/features; }
bit() { [ "$(features_of "$1" | cut -c $(($2 + 1)))" = 1 ]; }

both_modern() { bit "${vfs[0]}" 32 && bit "${vfs[1]}" 32; }
built_in() { grep -q '/virtio_pci.ko$' "/lib/modules/$(uname -r)/modules.builtin"; }
ours_absent() { [ -z "$(find "/lib/modules/$(uname -r)/updates" -name '*.ko')" ]; }

plan 12
pf=${PF[rp0]}
check_that "virtio-pci is the kernel's own, built in" built_in
check_that "no module of ours is there" ours_absent
check_that "the PF has negotiated VIRTIO_F_ADMIN_VQ (41)" bit "$pf" 41
check_that "the admin queue has an interrupt of its own" grep -q -- '-avq' /proc/interrupts
check_that "it asked what the card can do, once (LIST_QUERY)" asked_once 0
check_that "and said what it will use, once (LIST_USE)" asked_once 1
set_vfs "$pf" 2
udevadm settle --timeout=30
mapfile -t vfs < <(vfs_of "$pf")
check_that "two VFs come up with virtio_net, modern" both_modern
equip pf "$pf" 10.0.2.100
equip vf0 "${vfs[0]}" 10.0.2.110
equip vf1 "${vfs[1]}" 10.0.2.111
check_that "PF reaches the uplink" reaches pf 10.0.2.2
check_that "VF reaches the uplink" reaches vf0 10.0.2.2
check_that "VF reaches the PF" reaches vf0 10.0.2.100
check_that "VF reaches the other VF" reaches vf0 10.0.2.111
check_that "PF reaches a VF" reaches pf 10.0.2.111
