# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The card's functions as sysfs shows them, for scenarios inside the VM.
# Waits are bounded; a VF is handed to a driver as an administrator would.

# pf_of ROOTPORT: the PF behind root port rp0, rp1 ... as a PCI address. The
# ports are found by their slot number, which the lab sets to N + 1.
pf_of() {
	local port slot=$((${1#rp} + 1)) function
	for port in /sys/bus/pci/devices/*; do
		[ "$(cat "$port/class")" = 0x060400 ] || continue
		lspci -vv -s "${port##*/}" | grep -q "Slot #$slot," || continue
		for function in "$port"/*/sriov_totalvfs; do
			[ -e "$function" ] || continue
			basename "${function%/sriov_totalvfs}"
			return 0
		done
	done
	return 1
}

vfs_of() {
	local link
	for link in /sys/bus/pci/devices/"$1"/virtfn*; do
		[ ! -e "$link" ] || basename "$(readlink "$link")"
	done | sort
}

set_vfs() { echo "$2" >"/sys/bus/pci/devices/$1/sriov_numvfs"; }

driver_of() { basename "$(readlink "/sys/bus/pci/devices/$1/driver" 2>/dev/null)"; }

# give_to DRIVER ADDRESS
give_to() {
	local device=/sys/bus/pci/devices/$2
	[ ! -e "$device/driver" ] || echo "$2" >"$device/driver/unbind"
	echo "$1" >"$device/driver_override"
	echo "$2" >/sys/bus/pci/drivers_probe
	[ "$(driver_of "$2")" = "$1" ]
}

# has_own_owner: the kernel's own virtio_pci, which has no device parts, is built in; ours stands
# beside it, and takes only PFs that it is given
has_own_owner() { modinfo -n virtio_pci_owner >/dev/null 2>&1; }

# owned ROOTPORT...: these PFs have a driver of ours, whichever kernel this is. They lose their VFs.
owned() {
	local port pf
	has_own_owner || return 0
	modprobe virtio_pci_owner || return 1
	for port in "$@"; do
		pf=$(pf_of "$port") || return 1
		set_vfs "$pf" 0 && give_to virtio-pci-owner "$pf" || return 1
	done
	udevadm settle --timeout=30
}
