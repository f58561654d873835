#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: guest-two-vfs
# about: a legacy guest with two net VFs and a block VF, and a second guest it reaches over the card
# when: full
# limit: 900
# where: vm
# kernel: 6.1
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh

plan 12
mapfile -t net < <(vfs_for_guests rp0 3 "$VF_DRIVER")
mapfile -t blk < <(vfs_for_guests rp1 1 "$VF_DRIVER")
guest_start a --vf "${net[0]:-none}" --vf "${net[1]:-none}" --vf "${blk[0]:-none}"
guest_start b --vf "${net[2]:-none}"
guest_tell a virtio
check_that "all three VFs by the legacy way" is_field a virtio way "$(printf 'legacy\nlegacy\nlegacy')"
check_that "first interface" guest_tell a net=eth0,dhcp
check_that "second interface, in a network of its own" guest_tell a net=eth1,192.168.77.1/24
check_that "each has its VF's MAC address" is_field a net mac \
	"$(vf_mac "${PF[rp0]}" 0; vf_mac "${PF[rp0]}" 1)"
check_that "the second guest's interface" guest_tell b net=eth0,192.168.77.2/24
check_that "the uplink over the first" guest_tell a ping=$UPLINK,10
check_that "the second guest over the second" guest_tell a ping=192.168.77.2,10,1400
check_that "and back" guest_tell b ping=192.168.77.1,10
check_that "the disk meanwhile" guest_tell a fs=/dev/vda,8
check_that "guest to guest, TCP" eval 'guest_tell b serve && guest_tell a flow=192.168.77.2,tcp,up,2'
guest_end a && guest_end b
check_that "both end well" [ $? -eq 0 ]
check_that "nothing is held" eval 'nothing_held rp0 0 && nothing_held rp0 1 && nothing_held rp0 2 && nothing_held rp1 0'
