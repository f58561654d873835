#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-diff
# about: thousands of random legacy accesses, answered by a VF as by QEMU's own transitional device
# when: full
# limit: 400
# where: vm
# kernel: 6.1
# device: -netdev user,id=up0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=8,uplink=up0,mac=52:54:00:aa:bb:cc -device virtio-blk-pf,id=pf1,bus=rp1,vfs=4,drive=card0,vf-drives=card1:card2:card3:card4 -netdev user,id=refnet,restrict=on -device virtio-net-pci,netdev=refnet,mac=02:aa:bb:cc:00:00,addr=0x1a,romfile= -drive if=none,id=refdisk,driver=null-co,size=256M,read-zeroes=on -device virtio-blk-pci,drive=refdisk,num-queues=1,addr=0x1b
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vfio.sh

# The reference devices are made like the first VFs: same MAC, same size of disk.
start
modprobe vfio-pci
for type in net:rp0:pf0:0000:00:1a.0 blk:rp1:pf1:0000:00:1b.0; do
	IFS=: read -r name port id reference <<<"$type"
	check_that "$name: driverctl binds virtio-vfio-pci" transitional "$port" 1
	check_that "$name: vfio-pci has the reference" give_to vfio-pci "$reference"
	for personality in tolerant strict; do
		card set "$id" personality "$personality"
		for seed in 1 2 3 4 $((RANDOM * 32768 + RANDOM)); do
			program "$name, $personality, seed $seed" diff "$reference" "$vf" 3000 "$seed"
		done
	done
done
finish
