#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: guest-old
# about: guests whose driver is one of ours that does as those before MSI-X did: a shared line, no bus mastering
# limit: 900
# when: full
# where: vm
# kernel: 6.1
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh

net_id=0x1000 blk_id=0x1001
echoes=100

# all_are NAME KEY VALUE: of each device of the driver
all_are() { [ "$(field "$1" old "$2" | sort -u)" = "$3" ] || { echo "# $2: $(field "$1" old "$2" | xargs)"; return 1; }; }

# bus mastering was off when the driver came, and it did not set it
got_master() { all_are "$1" was_master 0 && all_are "$1" master 1; }

# at_least NAME KEY NUMBER ID
at_least() {
	local number is
	is=$(field "$1" old "$2" "$4")
	echo "# $2: ${is//$'\n'/ }"
	for number in ${is:-0}; do
		[ "$number" -ge "$3" ] || return 1
	done
}

# one line for all, and each handler was called for the others' interrupts as well
shared_by() {
	echo "# $(field "$1" old slot | xargs): line $(field "$1" old line | xargs), handled $(field "$1" old handled | xargs)"
	all_are "$1" sharers "$2" && [ "$(field "$1" old irq | sort -u | wc -l)" = 1 ] &&
		at_least "$1" not_ours 10 old
}

# QEMU's own NIC comes last
vfs_master() { [ "$(field "$1" old master $net_id | head -n 1)$(field "$1" old master $blk_id)" = 11 ]; }

behind() { [ "$(grep -c virtio-intx- /proc/interrupts)" = "$1" ]; }
no_modern() { [ "$(card_count pf0 0 notifies modern)" = 0 ]; }

plan 28
net=$(vfs_for_guests rp0 1 "$VF_DRIVER")
blk=$(vfs_for_guests rp1 1 "$VF_DRIVER")
work=("net=eth0,dhcp" "ping=$UPLINK,$echoes" "fs=/dev/vda,4" "disk=/dev/vda,2" old)

# rows: name, machine, options of the vfio-pci devices
while read -r name machine options; do
	check_that "$name: network and disk" guest "$name" --old --vf "$net" --vf "$blk" \
		--machine "$machine" --vf-options "$options" -- "${work[@]}"
	check_that "$name: bus mastering, which the driver does not set" got_master "$name"
	check_that "$name: the NIC's interrupts" at_least "$name" handled $echoes $net_id
	check_that "$name: the disk's" at_least "$name" handled 50 $blk_id
	check_that "$name: nothing is left on the host" behind 0
done <<'END'
pc pc
q35-split q35,kernel-irqchip=split
by-ioctl pc x-no-kvm-intx=on
END

# slots whose pins are the same line: both VFs, and QEMU's own NIC without MSI-X
shared() {
	local name=$1
	shift
	guest "$name" --old --vf "$net" --vf-options "addr=5$1" \
		--extra "-device vfio-pci,host=$blk,addr=9$1" \
		--extra "-netdev user,id=n0,net=10.0.9.0/24 -device virtio-net-pci,netdev=n0,disable-modern=on,vectors=0,addr=d" \
		-- "net=eth0,dhcp" "net=eth1,10.0.9.15/24" "pinging=$UPLINK,5" ping=10.0.9.2,$echoes \
		disk=/dev/vda,4 ping=10.0.9.2,$echoes pinged old
}
for options in '' ,x-no-kvm-intx=on; do
	name=shared${options:+-by-ioctl}
	check_that "$name: two NICs and a disk at once on one line" shared "$name" "$options"
	check_that "$name: it is one line" shared_by "$name" 3
	check_that "$name: both VFs got bus mastering" vfs_master "$name"
	check_that "$name: the VF's interrupts" at_least "$name" handled 20 old
done

check_that "no VF was driven by the modern interface" no_modern
check_that "nothing is held" eval 'nothing_held rp0 0 && nothing_held rp1 0'
check_that "the same VFs serve a guest with MSI-X" guest msix --legacy --vf "$net" --vf "$blk" -- \
	"net=eth0,dhcp" "ping=$UPLINK,10" fs=/dev/vda,4 virtio
check_that "with its own vectors" eval '! field msix virtio vectors | grep -qx 0'
check_that "and it ended" behind 0
