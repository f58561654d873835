#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: card-stress
# about: 4 SR-IOV cycles and 75 vfio opens while the VM is busy, no hang
# when: full
# limit: 300
# where: vm
# kernel: 6.1
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh

plan 5
modprobe vfio-pci
pf=$(pf_of rp0) || pf=$(pf_of rp1)
total=$(cat "/sys/bus/pci/devices/$pf/sriov_totalvfs")
echo 0 >"/sys/bus/pci/devices/$pf/sriov_drivers_autoprobe"
# both CPUs have work, so that memory maps change under a running one
busy=()
for _ in 1 2; do
	while :; do cat /proc/interrupts; done >/dev/null &
	busy+=($!)
done
at_end() { kill "${busy[@]}"; }

cycle() {
	local vf vfs
	set_vfs "$pf" "$total"
	mapfile -t vfs < <(vfs_of "$pf")
	for vf in "${vfs[@]}"; do
		give_to vfio-pci "$vf" || return 1
	done
	tools/testing/lab/scenarios/lib/vfio_open.py "$1" "${vfs[@]}" || return 1
	opened=$((opened + $1))
	set_vfs "$pf" 0
}

opened=0
for opens in 19 19 19 18; do
	check_that "a cycle with $opens opens" cycle $opens
done
check_that "$opened opens in all, the VM answers" [ $opened = 75 ]
