#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-cdev
# about: on 7.3, by group and container and by character device and iommufd: the same tests, and DMA
# limit: 300
# where: vm
# kernel: 7.3
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vfio.sh

start
modprobe -a iommufd vfio_iommu_type1
for type in net:rp0 blk:rp1; do
	IFS=: read -r name port <<<"$type"
	check_that "$name: driverctl binds virtio-vfio-pci" transitional "$port" 1
	udevadm settle --timeout=30
	export VFIO_DEVICE=$vf
	for VFIO_ACCESS in group cdev; do
		export VFIO_ACCESS
		for program in dma bar0 config region; do
			results_of "$name, $VFIO_ACCESS" "$VFIO_TESTS/${program}_test"
		done
	done
done
finish
