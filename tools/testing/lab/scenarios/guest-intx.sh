#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: guest-intx
# about: legacy guests without MSI-X have network and disk by an INTx line, on each kind of machine
# limit: 900
# when: full
# where: vm
# kernel: 6.1
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh

# both of a guest's devices: $1 is a word of its name's reports, $2 what both have
both() { is_field "$1" virtio "$2" "$(printf '%s\n%s' "$3" "$3")"; }

# interrupted NAME DRIVER COUNT: its line has brought at least so many
interrupted() {
	local is
	is=$(field "$1" virtio line "$2" | tail -n 1)
	[ "${is:-0}" -ge "$3" ] || { echo "# $1: $is interrupts of $2"; return 1; }
	echo "# $1: $is interrupts of $2"
}

# commands PF: of its first VF, by the card's count
commands() { card_counts "$1" 0 commands | awk '{ sum += $2 } END { print sum + 0 }'; }
no_command_for() {
	local before
	before=$(commands pf0)
	guest_tell "$@" || return 1
	echo "# $(($(commands pf0) - before)) commands"
	[ "$(commands pf0)" = "$before" ]
}

# behind COUNT: so many vectors behind lines are there on the host
behind() { [ "$(grep -c virtio-intx- /proc/interrupts)" = "$1" ]; }

reboots() { echo reboot >&"${guest_in[$1]}" && wait_for_report "$1" ready 2; }

plan 30
net=$(vfs_for_guests rp0 1 "$VF_DRIVER")
blk=$(vfs_for_guests rp1 1 "$VF_DRIVER")
nomsi=(--legacy --append pci=nomsi --vf "$net" --vf "$blk")
work=("net=eth0,dhcp" "ping=$UPLINK,100" "fs=/dev/vda,4" virtio)

# rows: name, machine, options of the vfio-pci devices
while read -r name machine options; do
	check_that "$name: network and disk" guest "$name" "${nomsi[@]}" --machine "$machine" \
		--vf-options "$options" -- "${work[@]}"
	check_that "$name: the legacy way" both "$name" way legacy
	check_that "$name: no MSI-X" both "$name" vectors 0
	check_that "$name: the network's interrupts" interrupted "$name" virtio_net 100
	check_that "$name: the disk's" interrupted "$name" virtio_blk 10
	check_that "$name: nothing is left on the host" behind 0
done <<'END'
pc pc
q35-split q35,kernel-irqchip=split
by-ioctl pc x-no-kvm-intx=on
END

guest_start again "${nomsi[@]}"
check_that "again: network" guest_tell again net=eth0,dhcp
check_that "again: vectors of both VFs on the host" behind 4
check_that "again: an echo" guest_tell again "ping=$UPLINK,3"
check_that "again: no command for 50 more" no_command_for again "ping=$UPLINK,50"
check_that "again: rebooted" reboots again
check_that "again: network" guest_tell again net=eth0,dhcp
check_that "again: an echo each" guest_tell again "ping=$UPLINK,50"
check_that "again: the disk" guest_tell again fs=/dev/vda,4
guest_end again
check_that "again: it ends well" [ $? -eq 0 ]

check_that "with MSI-X: network and disk on the same VFs" guest msix --legacy --vf "$net" --vf "$blk" \
	-- "${work[@]}"
check_that "with MSI-X: its own vectors" eval '! field msix virtio vectors | grep -qx 0'
check_that "nothing is held" eval 'nothing_held rp0 0 && nothing_held rp1 0'
