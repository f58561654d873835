#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: kernel-6.12
# about: virtio-vfio-pci on the admin API that 6.12 has built in: a NIC and a disk, registers and identity
# limit: 120
# where: vm
# kernel: 6.12
#
# kernel-6.12-all has more of it.
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vfio.sh

start
check_that "virtio_pci is built in" grep -q '/virtio_pci.ko' "/lib/modules/$(uname -r)/modules.builtin"
for type in net:rp0 blk:rp1; do
	IFS=: read -r name port <<<"$type"
	check_that "$name: driverctl binds virtio-vfio-pci" transitional "$port" 1
	export VFIO_DEVICE=$vf
	for program in region config bar0; do
		results_of "$name" "$VFIO_TESTS/${program}_test"
	done
done
check_that "nothing of ours but the variant was wanted for it" [ ! -d /sys/module/virtio_pci_owner ]
finish
