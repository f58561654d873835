#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In the VM, with mainline's virtio-vfio-pci as the only module that is not the
# kernel's own: a VF's legacy registers through vfio, then a whole legacy guest.
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh

uplink=10.0.2.2

register() { sed -n "s/^$1 //p" "$tmp/registers"; }

# more than so many commands or notifications for the first VF
more_than() { [ "$(card_count pf0 0 "$2" "$3")" -gt "$1" ]; }

read_registers() { python3 tools/testing/lab/peer/legacy_regs.py "$vf" >"$tmp/registers"; }
all_were_commands() { more_than 5 commands 2 && more_than 5 commands 3 && more_than 5 commands 5; }
# bound, and then left alone: one NOTIFY_INFO, no register, no notification
untouched() {
	local opcode
	[ "$(card_count pf0 1 commands 6)" = 1 ] && [ "$(card_count pf0 1 notifies member)" = 0 ] || return 1
	for opcode in 2 3 4 5; do
		[ "$(card_count pf0 1 commands $opcode)" = 0 ] || return 1
	done
}

plan 16
mapfile -t vfs < <(vfs_for_guests rp0 2 virtio_vfio_pci)
vf=${vfs[0]:-none}
mac=$(vf_mac "${PF[rp0]}" 0)
check_that "mainline's driver binds two VFs" [ ${#vfs[@]} -eq 2 ]
check_that "it learned where to notify (NOTIFY_INFO)" more_than 0 commands 6
check_that "registers can be read and written through vfio" read_registers
sed 's/^/# /' "$tmp/registers"
check_that "the VF looks transitional" [ "$(register id) $(register revision)" = "1af4:1000 00" ]
check_that "BAR0 is there to read and write" [ "$(register bar0)" = "size 32 flags 3" ]
check_that "status is kept, bit by bit" [ "$(register status)" = 0,1,3 ]
check_that "features: what was accepted is read back" [ "$(register guest_features)" = 00000020 ]
check_that "the MAC address is read byte by byte" [ "$(register mac)" = "$mac" ]
check_that "all of it were commands: common write, common read, device read" \
	all_were_commands
check_that "a nested legacy guest runs on the VF" guest legacy --legacy --vf "$vf" -- \
	pci virtio net=eth0,dhcp "ping=$uplink,10" "ping=$uplink,5,1400"
check_that "its device is transitional, with I/O ports" \
	[ -n "$(field legacy pci io '"id":"1af4:1000"')" ]
check_that "its driver took the legacy way" [ "$(field legacy virtio way)" = legacy ]
check_that "it has the VF's MAC address" [ "$(field legacy net mac)" = "$mac" ]
check_that "every echo came back from the uplink" \
	[ "$(field legacy ping received | paste -sd ,)" = 10,5 ]
check_that "its notifications went to the VF's own notify address" more_than 0 notifies member
check_that "the second VF saw nothing but its binding" untouched
