#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: guest-intx-modern
# about: modern guests without MSI-X have network and disk by an INTx line; rings of another size, rebooted, MSI-X before and after
# limit: 900
# when: full
# where: vm
# kernel: 6.1
set -u
INTX_WAY=modern
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh
. tools/testing/lab/scenarios/lib/guest_intx.sh

# commands PF: of its first VF, by the card's count
commands() { card_counts "$1" 0 commands | awk '{ sum += $2 } END { print sum + 0 }'; }

# with the kernel's own virtio_pci built in no VF of it can migrate, so none is trapped
own_owner() {
	[[ $(uname -r) = 6.12.* ]] || return 0
	modprobe virtio_pci_owner && give_to virtio-pci-owner "${PF[rp0]}" &&
		give_to virtio-pci-owner "${PF[rp1]}" && udevadm settle --timeout=30
}
trapped() { [ "$(cat "/sys/bus/pci/devices/$net/modern_registers" "/sys/bus/pci/devices/$blk/modern_registers" | xargs)" = "trapped trapped" ]; }
with_msix() { guest "$1" --modern --vf "$net" --vf "$blk" -- "${work[@]}" && ! field "$1" virtio vectors | grep -qx 0; }
# the kernel resets each queue and enables it again, with a vector of its own only with MSI-X
resized() { guest_tell "$1" rings=eth0,64,64 && is_field "$1" rings change made; }
no_command() { [ "$(commands pf0)" = "$1" ] || { echo "# $(($(commands pf0) - $1)) commands"; return 1; }; }
reboots() { echo reboot >&"${guest_in[$1]}" && wait_for_report "$1" ready 2; }

plan 28
check_that "the PFs have a driver with device parts" own_owner
net=$(vfs_for_guests rp0 1 "$VF_DRIVER")
blk=$(vfs_for_guests rp1 1 "$VF_DRIVER")
check_that "the registers of both VFs are trapped" trapped
check_that "with MSI-X, before: network and disk" with_msix before

# rows: name, machine, options of the vfio-pci devices
while read -r name machine options; do
	guest_without_msix "$name" "$machine" "$options"
done <<'END'
pc pc
q35-split q35,kernel-irqchip=split
END
check_that "by ioctl: network and disk" guest by-ioctl --modern --append pci=nomsi --vf "$net" --vf "$blk" \
	--vf-options x-no-kvm-intx=on -- "${work[@]}"

nomsi_words
before=$(commands pf0)
guest_start again "${nomsi[@]}"
check_that "again: network" guest_tell again net=eth0,dhcp
check_that "again: vectors of both VFs on the host" behind 4
check_that "again: rings of another size" resized again
check_that "again: an echo each" guest_tell again "ping=$UPLINK,50"
check_that "again: no command of its NIC's VF, from boot on" no_command "$before"
check_that "again: rebooted" reboots again
check_that "again: network" guest_tell again net=eth0,dhcp
check_that "again: an echo each" guest_tell again "ping=$UPLINK,50"
check_that "again: the disk" guest_tell again fs=/dev/vda,4
guest_end again
check_that "again: it ends well" [ $? -eq 0 ]

check_that "with MSI-X, after: network and disk" with_msix after
check_that "nothing is left on the host" behind 0
