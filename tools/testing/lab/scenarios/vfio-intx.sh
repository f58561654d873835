#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-intx
# about: INTx of a VF by the vfio uAPI: each transition of the line, legacy and modern, migration, races, none lost, mute devices
# limit: 700
# where: vm
# kernel: 6.1
# passes: VFIO_SECONDS VFIO_INTX_COUNT VFIO_PERSONALITIES
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vfio.sh

counters=/lab/tools/testing/lab/scenarios/lib
timeout_ms=$((2000 * slower))

# modern LABEL: a driver of the registers that are trapped, if the VF can migrate
modern() {
	results_of "$1" "$VFIO_TESTS/intx_modern_test"
	results_of "$1" "$VFIO_TESTS/intx_modern_move_test"
}

start
# each once; VFIO_PERSONALITIES="tolerant strict" has both on both
for type in net:rp0:pf0:tolerant blk:rp1:pf1:strict; do
	IFS=: read -r name port id personality <<<"$type"
	check_that "$name: driverctl binds virtio-vfio-pci" transitional "$port" 3
	check_that "$name: one of them with its registers mapped" bind_mapped "${vfs[2]}"
	export VFIO_DEVICE=$vf VFIO_PEER=${vfs[1]} VFIO_MAPPED=${vfs[2]}
	export VFIO_NOTIFY_COUNT="$counters/command_count.sh $id 0"
	export VFIO_INTERRUPT_COUNT="$counters/interrupt_count.sh $id 0"
	for personality in ${VFIO_PERSONALITIES:-$personality}; do
		card set "$id" personality "$personality"
		results_of "$name, $personality" "$VFIO_TESTS/intx_test"
		results_of "$name, $personality" "$VFIO_TESTS/intx_life_test"
		results_of "$name, $personality" "$VFIO_TESTS/intx_move_test"
	done
	modern "$name"
	unset VFIO_NOTIFY_COUNT VFIO_INTERRUPT_COUNT
	results_of "$name" "$VFIO_TESTS/intx_race_test"
done

# 6.12's own virtio_pci waits for ever, and has no device parts: the other one drives the PFs now
by_owner() {
	local port
	modprobe virtio_pci_owner || return 1
	for port in rp0 rp1; do
		set_vfs "$(pf_of $port)" 0 && give_to virtio-pci-owner "$(pf_of $port)" || return 1
	done
	udevadm settle --timeout=30
	for port in rp0 rp1; do
		transitional $port 3 && bind_mapped "${vfs[2]}" || return 1
		export VFIO_DEVICE=$vf VFIO_PEER=${vfs[1]} VFIO_MAPPED=${vfs[2]}
		results_of "$port, owner" "$VFIO_TESTS/intx_move_test"
		modern "$port, owner"
	done
}
if [[ $(uname -r) = 6.12.* ]]; then
	check_that "virtio_pci_owner has the PFs" by_owner
fi

# the device stops answering, in each place where the line waits for it
echo $timeout_ms | tee /sys/module/virtio_pci*/parameters/admin_timeout_ms >"$tmp/tee"
for type in net:rp0:pf0 blk:rp1:pf1; do
	IFS=: read -r name port id <<<"$type"
	pf=$(pf_of "$port")
	VFIO_DEVICE=$(vfs_of "$pf" | head -n 1)
	export VFIO_DEVICE VFIO_TIMEOUT_MS=$timeout_ms
	export VFIO_MUTE="card faults $id vf0:mute" VFIO_ANSWER="card faults $id ''"
	export VFIO_OWNER_RESET="echo 1 >/sys/bus/pci/devices/$pf/reset"
	results_of "$name, mute" "$VFIO_TESTS/intx_mute_test"
done
finish
