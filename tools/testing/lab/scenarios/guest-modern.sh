#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: guest-modern
# about: a modern guest on VFs of the variant: it takes the modern way, no legacy command for the data
# limit: 900
# where: vm
# kernel: 6.1
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh

legacy_commands() {
	local opcode sum=0
	for opcode in 2 3 4 5; do
		sum=$((sum + $(card_count "$1" 0 commands $opcode)))
	done
	echo $sum
}
none_legacy() { [ "$(legacy_commands pf0) $(legacy_commands pf1)" = "0 0" ]; }
modern_notified() {
	[ "$(card_count "$1" 0 notifies modern)" -gt 0 ] && [ "$(card_count "$1" 0 notifies member)" = 0 ]
}

plan 9
mapfile -t net < <(vfs_for_guests rp0 1 "$VF_DRIVER")
mapfile -t blk < <(vfs_for_guests rp1 1 "$VF_DRIVER")
check_that "the guest does all it is asked" \
	guest modern --modern --smp 2 --vf "${net[0]:-none}" --vf "${blk[0]:-none}" -- \
	pci virtio net=eth0,dhcp ping=$UPLINK,10 ping=$UPLINK,10,1400 fs=/dev/vda,8
check_that "both look transitional in the guest" \
	is_field modern pci id "$(printf '1af4:1000\n1af4:1001')" '"driver":"virtio-pci"'
check_that "net: the modern way" is_field modern virtio way modern virtio_net
check_that "block: the modern way" is_field modern virtio way modern virtio_blk
check_that "no echo was lost" is_field modern ping received "$(printf '10\n10')"
check_that "a file came back as written" is_field modern fs bytes $((8 << 20))
check_that "net: notified by its own BAR" modern_notified pf0
check_that "block: notified by its own BAR" modern_notified pf1
check_that "not one legacy register was touched" none_legacy
