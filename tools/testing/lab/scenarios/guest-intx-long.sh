#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: guest-intx-long
# about: none of 100000 interrupts of a guest without MSI-X is lost: an echo or a read waits for each
# limit: 3600
# when: named
# where: vm
# kernel: 6.1
# passes: GUEST_INTX_COUNT
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh

count=${GUEST_INTX_COUNT:-50000}	# of each device
host=10.0.2.200
counter=tools/testing/lab/scenarios/lib/interrupt_count.sh

serves() { host_serves $host >"$tmp/serves" 2>&1; }

# interrupted DRIVER PF: its line has brought one for each, as far as the guest has counted
interrupted() {
	local is
	is=$(field long virtio line "$1" | tail -n 1)
	echo "# $1: $is handled, $($counter "$2" 0) sent by the card"
	[ "${is:-0}" -ge "$count" ]
}
told() { guest_tell long "$1" 1500; grep -F "\"report\":\"${1%%=*}\"" "$tmp/long" | tail -n 1 | sed 's/^/# /'; }
all_of() { is_field long "$@" "$count"; }

plan 9
net=$(vfs_for_guests rp0 1 "$VF_DRIVER")
blk=$(vfs_for_guests rp1 1 "$VF_DRIVER")
check_that "the host serves" serves
check_that "a guest without MSI-X" guest_start long --legacy --append pci=nomsi --vf "$net" --vf "$blk" \
	--limit 3400 --action-limit 3000
check_that "it has a network" guest_tell long net=eth0,10.0.2.50/24
told "ping=$host,$count"
check_that "every echo came back" all_of ping received
told "rate=/dev/vda,1,3000,$count"
check_that "every read was finished" all_of rate reads
check_that "how often its line has interrupted" guest_tell long virtio
check_that "the network's interrupts" interrupted virtio_net pf0
check_that "the disk's" interrupted virtio_blk pf1
check_that "it ends well" guest_end long
