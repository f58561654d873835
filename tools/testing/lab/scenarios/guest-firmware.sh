#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: guest-firmware
# about: a guest without a kernel (UEFI firmware) on a block VF and a net VF, by its legacy drivers
# when: full
# limit: 900
# where: vm
# kernel: 6.1
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh

address=10.0.2.77
seconds=$((600 * slower))
export MTOOLS_SKIP_CHECK=1	# of the disk's geometry, which means nothing

# on_disk COMMAND...: with the VF's disk as $disk, driven by the host itself
on_disk() {
	local status
	give_to virtio-pci "$blk" || return 1
	udevadm settle --timeout=30
	disk=/dev/$(basename "/sys/bus/pci/devices/$blk"/virtio*/block/*)
	"$@"
	status=$?
	give_to "$VF_DRIVER" "$blk" && return $status
}

# by mtools: not every kernel has a file system that the firmware has
fill() {
	head -c 3000000 /dev/urandom >"$tmp/in.bin"
	# the shell wants carriage returns
	sed 's/$/\r/' >"$tmp/startup.nsh" <<END
fs0:
cp in.bin out.bin
connect -r
ifconfig -s eth0 static $address 255.255.255.0 $UPLINK
stall 3000000
ping -n 5 $UPLINK >a ping.txt
reset -s
END
	busybox mkdosfs -n LAB "$disk" && mcopy -i "$disk" "$tmp/in.bin" "$tmp/startup.nsh" :: && sync "$disk"
}

take_out() { mcopy -i "$disk" ::out.bin ::ping.txt "$tmp/"; }

# used_legacy PF NOTIFICATIONS: registers written and read, device configuration read,
# and at least so many notifications by the legacy notify address
used_legacy() {
	local opcode
	for opcode in 2 3 5; do
		[ "$(card_count "$1" 0 commands $opcode)" -gt 0 ] || return 1
	done
	[ "$(card_count "$1" 0 notifies member)" -ge "$2" ]
}
answers() { tr -d '\000\r' <"$tmp/ping.txt" | sed 's/^/# /' && tr -d '\000\r' <"$tmp/ping.txt" | grep -q '5 packets.* 5 received'; }

plan 9
mapfile -t blks < <(vfs_for_guests rp1 1 "$VF_DRIVER")
mapfile -t nets < <(vfs_for_guests rp0 1 "$VF_DRIVER")
blk=${blks[0]:-none} net=${nets[0]:-none}
check_that "the host writes a script and a file to the block VF" on_disk fill
modern=$(card_count pf1 0 notifies modern)
check_that "the firmware runs the script and powers off" \
	tools/testing/lab/guest/firmware /lab-out/guest-firmware.log $seconds "$blk" "$net"
check_that "block: no modern notification meanwhile" \
	[ "$(card_count pf1 0 notifies modern)" = "$modern" ]
check_that "block: legacy commands and notifications" used_legacy pf1 100
check_that "net: legacy commands and notifications" used_legacy pf0 5
check_that "net: no modern notification" [ "$(card_count pf0 0 notifies modern)" = 0 ]
check_that "the host finds what it wrote" on_disk take_out
check_that "the copied file is the same" cmp "$tmp/in.bin" "$tmp/out.bin"
check_that "every echo came back from the uplink" answers
