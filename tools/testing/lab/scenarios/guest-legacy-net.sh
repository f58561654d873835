#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: guest-legacy-net
# about: a legacy-only guest on a net VF: identity, path, network, throughput, who counted what
# limit: 900
# where: vm
# kernel: 6.1
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh

host=10.0.2.200

positive() { [ "${1%.*}" -gt 0 ]; }
some_loss_at_most() {
	local lost packets
	lost=$(field net flow lost udp) packets=$(field net flow packets udp)
	echo "# udp: $lost of $packets lost (the sender is told to outrun the lab)"
	[ "$packets" -gt 0 ] && [ "$lost" -lt "$packets" ]
}
no_modern_notification() { [ "$(card_count pf0 0 notifies modern)" = 0 ]; }
all_by_member_address() {
	[ "$(card_count pf0 0 notifies member)" -gt 0 ] && [ "$(card_count pf0 0 notifies common-cfg)" = 0 ]
}

plan 17
mapfile -t vfs < <(vfs_for_guests rp0 1 "$VF_DRIVER")
host_address $host
iperf3 -s -D
check_that "the guest does all it is asked" guest net --vf "${vfs[0]:-none}" --action-limit 90 -- \
	pci virtio net=eth0,dhcp ping=$UPLINK,10 ping=$host,10 ping=$host,10,1472 \
	flow=$host,tcp,up,3 flow=$host,tcp,down,3 flow=$host,udp,up,3
check_that "the VF is transitional in the guest: id" is_field net pci id 1af4:1000 '"driver":"virtio-pci"'
check_that "subsystem id 1 (network)" is_field net pci subsystem 1af4:0001 1af4:1000
check_that "revision 0" is_field net pci revision 0x00 1af4:1000
check_that "I/O ports" [ -n "$(field net pci io 1af4:1000)" ]
check_that "its driver owns them the legacy way" is_field net virtio ports_owner virtio-pci-legacy
check_that "no feature bit from 32 on" is_field net virtio features_from_32 0
check_that "configuration, receive and transmit each have a vector" is_field net virtio vectors 3
check_that "it has the VF's MAC address" is_field net net mac "$(vf_mac "${PF[rp0]}" 0)"
check_that "no echo was lost" is_field net ping received "$(printf '10\n10\n10')"
check_that "TCP to the host ($(field net flow mbit_per_second '"direction":"up"' | head -n 1) Mbit/s)" \
	positive "$(field net flow mbit_per_second '"direction":"up"' | head -n 1)"
check_that "TCP from the host ($(field net flow mbit_per_second down) Mbit/s)" \
	positive "$(field net flow mbit_per_second down)"
check_that "UDP to the host arrives" some_loss_at_most
check_that "the card saw no modern notification" no_modern_notification
check_that "all came by the notify address" all_by_member_address
check_that "driver and card counted the same commands" counts_agree rp0 pf0 0
check_that "nothing is held when the guest is gone" nothing_held rp0 0
pkill -x iperf3
