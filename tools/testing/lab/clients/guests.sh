#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In the VM, with the disk of clients: guests on a simulated NIC by vhost-vdpa, in the QEMU
# of this release and in the next one's, which has the generic device as well.
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vdpa-guest.sh
. tools/testing/lab/clients/trees.sh

# row QEMU DEVICE MEMORY MIB
row() {
	local name=$1-$2-$3-$4 device=$netdev
	[ "$2" = netdev ] || device=$generic
	use_qemu "$1"
	check_that "QEMU $(qemu_version), $2, $3, $4 MiB" reaches_host "$name" "$4" "$(memory_of "$3" "$4") $device"
	check_that "QEMU had nothing to complain about" qemu_is_quiet "$name"
	check_that "nothing is pinned any more" nothing_pinned
}
rows() {
	local memory mib
	for memory in anonymous memfd; do
		for mib in 512 2048; do
			row own netdev $memory $mib
			row trixie netdev $memory $mib
			row trixie generic $memory $mib
		done
	done
}
shadow() {
	use_qemu "$1"
	check_that "QEMU $(qemu_version), shadow queues" reaches_host "svq-$1" 512 "${netdev/,id=n0/,id=n0,x-svq=on}"
	check_that "QEMU had nothing to complain about" qemu_is_quiet "svq-$1"
}
# over packed rings it has none: it says so, and the device is as good as before
refuses_shadow() {
	! reaches_host "both-$1" 512 "${netdev/,id=n0/,id=n0,x-svq=on},packed=on" >"$tmp/both" 2>&1 &&
		grep -q 'SVQ Invalid device feature flags' "/lab-out/guest-both-$1-qemu.log" ||
		{ sed 's/^/# /' "$tmp/both"; return 1; }
}
packed() {
	use_qemu "$1"
	check_that "QEMU $(qemu_version) refuses shadow queues over packed rings" refuses_shadow "$1"
	check_that "QEMU $(qemu_version), packed rings" reaches_host "packed-$1" 512 "$netdev,packed=on" virtio
	check_that "the guest took them" [ "$(field "packed-$1" virtio features | cut -c 35)" = 1 ]
	check_that "QEMU had nothing to complain about" qemu_is_quiet "packed-$1"
}

plan 56
check_that "the disk of clients" enter_trees
check_that "NICs" nics
rows
vdpa dev del guest
check_that "a NIC that offers what shadow queues know" guest_nic "$SVQ_FEATURES"
shadow own
shadow trixie

# VIRTIO_F_RING_PACKED, and what shadow queues know as well
vdpa dev del guest
check_that "a NIC with packed rings" guest_nic $((SVQ_FEATURES | 1 << 34))
packed own
packed trixie

# the same by virtual addresses
vdpa dev del guest
vdpa dev del host
rmmod vdpa_sim_net vdpa_sim
modprobe vdpa_sim use_va=1
check_that "virtual addresses: NICs" nics
for memory in anonymous memfd; do
	check_that "virtual addresses, $memory memory" \
		reaches_host "va-$memory" 512 "$(memory_of $memory 512) $netdev"
done
check_that "all memory was mapped" mapped_all
