# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Read by the interactive shell of `lab shell`: a prompt, and what is here.
PS1='hypervisor:\w\$ '
HISTFILE=

banner() {
	local device physical
	echo
	echo "Hypervisor VM, Linux $(uname -r). /lab is the project, /lab-out is kept, the rest is not."
	for physical in /sys/bus/pci/devices/*/sriov_numvfs; do
		[ -e "$physical" ] || continue
		device=${physical%/*}
		echo "PF $(lspci -s "${device##*/}")"
		for device in "$device"/virtfn*; do
			[ ! -e "$device" ] || echo "   VF $(lspci -s "$(basename "$(readlink "$device")")")"
		done
	done
	echo "card faults|stats|get|set  talks to the card; exit ends the VM."
	echo
}
banner
