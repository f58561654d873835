# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034	# net and blk are the scenario's; it uses nomsi and work
# A guest without MSI-X, with a network and a disk that are VFs: six results for each. Its driver
# is a legacy one, or with INTX_WAY=modern a modern one.
# Needs: ktap.sh, card.sh, guest.sh; the VFs' addresses in $net and $blk.

# both of a guest's devices: $1 is a word of its name's reports, $2 what both have
both() { is_field "$1" virtio "$2" "$(printf '%s\n%s' "$3" "$3")"; }

# interrupted NAME DRIVER COUNT: its line has brought at least so many
interrupted() {
	local is
	is=$(field "$1" virtio line "$2" | tail -n 1)
	[ "${is:-0}" -ge "$3" ] || { echo "# $1: $is interrupts of $2"; return 1; }
	echo "# $1: $is interrupts of $2"
}

# behind COUNT: so many vectors behind lines are there on the host
behind() { [ "$(grep -c virtio-intx- /proc/interrupts)" = "$1" ]; }

work=("net=eth0,dhcp" "ping=$UPLINK,100" "fs=/dev/vda,4" virtio)
INTX_WAY=${INTX_WAY:-legacy}
nomsi_words() { nomsi=(--"$INTX_WAY" --append pci=nomsi --vf "$net" --vf "$blk"); }

# guest_without_msix NAME MACHINE OPTIONS: of the vfio-pci devices
guest_without_msix() {
	local name=$1
	nomsi_words
	check_that "$name: network and disk" guest "$name" "${nomsi[@]}" --machine "$2" \
		--vf-options "$3" -- "${work[@]}"
	check_that "$name: the $INTX_WAY way" both "$name" way "$INTX_WAY"
	check_that "$name: no MSI-X" both "$name" vectors 0
	check_that "$name: the network's interrupts" interrupted "$name" virtio_net 100
	check_that "$name: the disk's" interrupted "$name" virtio_blk 10
	check_that "$name: nothing is left on the host" behind 0
}
