#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: guest-queues
# about: guests with 1 and 4 processors on VFs with 4 queues, net and block, legacy and modern
# when: full
# limit: 900
# where: vm
# kernel: 6.1
# device: -netdev user,id=up0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=2,vf-queues=4,uplink=up0 -device virtio-blk-pf,id=pf1,bus=rp1,vfs=2,vf-queues=4,drive=card0,vf-drives=card1:card2
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh

# use NAME KIND CPUS: network and disk from each processor, and so by each queue
use() {
	local name=$1 kind=$2 cpus=$3 cpu actions=("net=eth0,dhcp")
	for ((cpu = 0; cpu < cpus; cpu++)); do
		actions+=("cpu=$cpu" "ping=$UPLINK,16" "disk=/dev/vda,1")
	done
	guest "$name" "--$kind" --smp "$cpus" --vf "$net" --vf "$blk" -- "${actions[@]}" virtio
}

# fired NAME DRIVER VECTOR...: each of these vectors of the device has
fired() {
	local counts vector name=$1 driver=$2
	shift 2
	counts=$(field "$name" virtio interrupts "$driver")
	for vector in "$@"; do
		[[ " $counts " =~ \ $vector:[1-9] ]] || { echo "# $vector of: $counts"; return 1; }
	done
}

plan 25
net=$(vfs_for_guests rp0 1 "$VF_DRIVER")
blk=$(vfs_for_guests rp1 1 "$VF_DRIVER")
for kind in legacy modern; do
	for cpus in 1 4; do
		name=$kind-$cpus last=$((cpus - 1))
		check_that "$name: network and disk from each processor" use "$name" $kind $cpus
		check_that "$name: the $kind way" is_field "$name" virtio way "$(printf '%s\n%s' $kind $kind)"
		check_that "$name: $cpus queues of the network device" is_field "$name" virtio queues $cpus virtio_net
		check_that "$name: $cpus queues of the disk" is_field "$name" virtio queues $cpus virtio_blk
		mapfile -t inputs < <(seq -f input.%g 0 $last)
		mapfile -t requests < <(seq -f req.%g 0 $last)
		check_that "$name: each receive queue has interrupted" fired "$name" virtio_net "${inputs[@]}"
		check_that "$name: each queue of the disk has interrupted" fired "$name" virtio_blk "${requests[@]}"
	done
done
check_that "nothing is held" eval 'nothing_held rp0 0 && nothing_held rp1 0'
