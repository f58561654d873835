#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: guest-handover
# about: a net VF and a block VF go from a modern guest to a legacy-only one and back: what each sees and does
# when: full
# limit: 900
# where: vm
# kernel: 6.1
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh

host=10.0.2.200
both() { printf '%s\n%s' "$1" "$1"; }

legacy_commands() {
	local opcode sum=0
	for opcode in 2 3 4 5; do
		sum=$((sum + $(card_count "$1" 0 commands $opcode)))
	done
	echo $sum
}
none_legacy() { [ "$(legacy_commands pf0) $(legacy_commands pf1)" = "0 0" ]; }
# notified PF WAY: since the last note_notifications there were some this way
declare -A noted
note_notifications() {
	local pf way
	for pf in pf0 pf1; do
		for way in modern member common-cfg; do
			noted[$pf-$way]=$(card_count $pf 0 notifies $way)
		done
	done
}
notified() { [ "$(card_count "$1" 0 notifies "$2")" -gt "${noted[$1-$2]}" ]; }
notified_only() {
	local way
	for way in modern member common-cfg; do
		if [ $way = "$2" ]; then notified "$1" $way; else ! notified "$1" $way; fi ||
			{ echo "# $1: $way"; return 1; }
	done
}

positive() { [ "${1%.*}" -gt 0 ]; }
rate() { field legacy flow mbit_per_second "\"direction\":\"$1\"" | head -n 1; }
some_arrives() {
	local lost packets
	lost=$(field legacy flow lost udp) packets=$(field legacy flow packets udp)
	echo "# udp: $lost of $packets lost (the sender is told to outrun the lab)"
	[ "$packets" -gt 0 ] && [ "$lost" -lt "$packets" ]
}

# the block VF, driven by the host's virtio_blk: what the guest left on the disk
host_sees_the_file() {
	local disk status
	give_to virtio-pci "$blk" || return 1
	udevadm settle --timeout=30
	disk=$(basename "/sys/bus/pci/devices/$blk"/virtio*/block/*)
	mkdir "$tmp/mnt"
	mount -t ext4 -o ro "/dev/$disk" "$tmp/mnt" || return 1
	[ "$(stat -c %s "$tmp/mnt/data")" = $((8 << 20)) ]
	status=$?
	umount "$tmp/mnt"
	give_to "$VF_DRIVER" "$blk" && return $status
}

# pci_shows SLOT-ID KEY VALUE
pci_shows() { is_field legacy pci "$2" "$3" "$1"; }

plan 42
net=$(vfs_for_guests rp0 1 "$VF_DRIVER")
blk=$(vfs_for_guests rp1 1 "$VF_DRIVER")
host_serves $host

note_notifications
check_that "modern: the guest does all it is asked" \
	guest modern --modern --smp 2 --vf "$net" --vf "$blk" -- \
	pci virtio net=eth0,dhcp ping=$UPLINK,10 ping=$UPLINK,10,1400 fs=/dev/vda,4
check_that "modern: both look transitional" \
	is_field modern pci id "$(printf '1af4:1000\n1af4:1001')" '"driver":"virtio-pci"'
check_that "modern: net by the modern way" is_field modern virtio way modern virtio_net
check_that "modern: block by the modern way" is_field modern virtio way modern virtio_blk
check_that "modern: no echo was lost" is_field modern ping received "$(both 10)"
check_that "modern: a file came back as written" is_field modern fs bytes $((4 << 20))
check_that "modern: net notified by its own BAR" notified_only pf0 modern
check_that "modern: block notified by its own BAR" notified_only pf1 modern
check_that "modern: not one legacy register was touched" none_legacy

note_notifications
check_that "legacy: the guest does all it is asked" \
	guest legacy --vf "$net" --vf "$blk" -- pci virtio \
	net=eth0,dhcp ping=$UPLINK,10 ping=$host,10 ping=$host,10,1472 \
	flow=$host,tcp,up,2 flow=$host,tcp,down,2 flow=$host,udp,up,2 disk=/dev/vda,4 fs=/dev/vda,8
# rows: device, its PCI id and subsystem
while read -r device id subsystem; do
	check_that "legacy: $device is transitional: id" is_field legacy pci id "$id" "\"id\":\"$id\""
	check_that "legacy: $device: its subsystem" pci_shows "\"id\":\"$id\"" subsystem "$subsystem"
	check_that "legacy: $device: revision 0" pci_shows "\"id\":\"$id\"" revision 0x00
	check_that "legacy: $device: I/O ports" [ -n "$(field legacy pci io "\"id\":\"$id\"")" ]
	check_that "legacy: $device: its driver owns them the legacy way" \
		is_field legacy virtio ports_owner virtio-pci-legacy "virtio_$device"
	check_that "legacy: $device: no feature bit from 32 on" \
		is_field legacy virtio features_from_32 0 "virtio_$device"
done <<'END'
net 1af4:1000 1af4:0001
blk 1af4:1001 1af4:0002
END
check_that "legacy: configuration, receive and transmit each have a vector" \
	is_field legacy virtio vectors 3 virtio_net
check_that "legacy: it has the VF's MAC address" is_field legacy net mac "$(vf_mac "${PF[rp0]}" 0)"
check_that "legacy: no echo was lost" is_field legacy ping received "$(printf '10\n10\n10')"
check_that "legacy: TCP to the host ($(rate up) Mbit/s)" positive "$(rate up)"
check_that "legacy: TCP from the host ($(rate down) Mbit/s)" positive "$(rate down)"
check_that "legacy: UDP to the host arrives" some_arrives
check_that "legacy: bare sectors came back as written" is_field legacy disk bytes $((4 << 20))
check_that "legacy: a file came back as written, after unmounting" is_field legacy fs bytes $((8 << 20))
check_that "legacy: net notified by the legacy address alone" notified_only pf0 member
check_that "legacy: block notified by the legacy address alone" notified_only pf1 member
check_that "net: driver and card counted the same commands" counts_agree rp0 pf0 0
check_that "block: driver and card counted the same commands" counts_agree rp1 pf1 0
check_that "net: nothing is held" nothing_held rp0 0
check_that "block: nothing is held" nothing_held rp1 0
check_that "the host, driving the block VF itself, finds the guest's file" host_sees_the_file

note_notifications
check_that "back: a modern guest uses both" guest back --modern --vf "$net" --vf "$blk" -- \
	virtio net=eth0,dhcp "ping=$UPLINK,5" fs=/dev/vda,2
check_that "back: both by the modern way" is_field back virtio way "$(both modern)"
check_that "back: net notified by its own BAR" notified_only pf0 modern
check_that "back: block notified by its own BAR" notified_only pf1 modern
check_that "back: nothing is held" eval 'nothing_held rp0 0 && nothing_held rp1 0'
pkill -x iperf3
