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
. tools/testing/lab/scenarios/lib/guest_intx.sh

# commands PF: of its first VF, by the card's count
commands() { card_counts "$1" 0 commands | awk '{ sum += $2 } END { print sum + 0 }'; }
no_command_for() {
	local before
	before=$(commands pf0)
	guest_tell "$@" || return 1
	echo "# $(($(commands pf0) - before)) commands"
	[ "$(commands pf0)" = "$before" ]
}

reboots() { echo reboot >&"${guest_in[$1]}" && wait_for_report "$1" ready 2; }

plan 42
net=$(vfs_for_guests rp0 1 "$VF_DRIVER")
blk=$(vfs_for_guests rp1 1 "$VF_DRIVER")

# rows: name, machine, options of the vfio-pci devices
while read -r name machine options; do
	guest_without_msix "$name" "$machine" "$options"
done <<'END'
pc pc
pc-split pc,kernel-irqchip=split
q35 q35
q35-split q35,kernel-irqchip=split
by-ioctl pc x-no-kvm-intx=on
END

nomsi_words
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
