#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: card-smoke
# about: the card's PFs are there, VFs appear and go by sriov_numvfs
# when: full
# limit: 120
# where: vm
# kernel: 6.1
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh

ids() { cat "/sys/bus/pci/devices/$1/vendor" "/sys/bus/pci/devices/$1/device" | paste -sd ' '; }

# every VF is a function of its own: ids, group, MSI-X, FLR, no I/O BAR
vf_looks_right() {
	local vf=$1 text
	text=$(lspci -vv -s "$vf")
	[ "$(ids "$vf")" = "0x1af4 $2" ] && grep -q 'MSI-X:' <<<"$text" &&
		grep -q 'FLReset+' <<<"$text" && ! grep -q 'I/O ports' <<<"$text" &&
		[ "$(find "/sys/bus/pci/devices/$vf/iommu_group/devices/" -type l | wc -l)" = 1 ] ||
		{ sed 's/^/# /' <<<"$text"; return 1; }
}

all_vfs_look_right() {
	local vf
	for vf in $(vfs_of "$1"); do
		vf_looks_right "$vf" "$2" || return 1
	done
}

plan 13
# rows: name, root port, device id, VFs, the driver above
while read -r name port id vfs upper; do
	if ! pf=$(pf_of "$port"); then
		not_ok "there is a PF behind $port"
		continue
	fi
	ok "there is a PF behind $port"
	check_that "$name: its ids" [ "$(ids "$pf")" = "0x1af4 $id" ]
	check_that "$name: it has $vfs VFs" [ "$(cat "/sys/bus/pci/devices/$pf/sriov_totalvfs")" = "$vfs" ]
	check_that "$name: $upper drives it" \
		[ -n "$(find "/sys/bus/pci/devices/$pf/" -path "*/virtio*/driver" -lname "*/$upper")" ]
	set_vfs "$pf" "$vfs"
	udevadm settle --timeout=30
	check_that "$name: all VFs are there" [ "$(vfs_of "$pf" | wc -l)" = "$vfs" ]
	check_that "$name: each is a complete function" all_vfs_look_right "$pf" "$id"
	set_vfs "$pf" 0
	[ -z "$(vfs_of "$pf")" ] || echo "# VFs are still there"
done <<'END'
net rp0 0x1041 8 virtio_net
blk rp1 0x1042 4 virtio_blk
END
check_that "card stats answers" card stats pf0
