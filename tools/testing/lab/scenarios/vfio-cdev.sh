#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-cdev
# about: on 7.3, by group and container and by character device and iommufd: the same tests, and DMA
# when: full
# limit: 450
# where: vm
# kernel: 7.3
# passes: VFIO_SECONDS VFIO_INTX_COUNT
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vfio.sh

# every program that a VF's user is tested with, on the NIC; the disk has what differs by type
all="bar0 config dma intx intx_life intx_move intx_race ioeventfd migrate migrate_bad migrate_race migrate_stream notify power region reset share trap"
by_type="dma bar0 config region trap"
# need a device that stops answering, or a parameter: vfio-intx, vfio-dirty, vfio-dirty-driver
elsewhere="intx_mute intx_modern intx_modern_move dirty dirty_bad dirty_cost dirty_driver dirty_guest dirty_modern dirty_stuck"
counts=/lab/tools/testing/lab/scenarios/lib

start
modprobe -a iommufd vfio_iommu_type1
for type in "net:rp0:$all" "blk:rp1:$by_type"; do
	IFS=: read -r name port programs <<<"$type"
	check_that "$name: driverctl binds virtio-vfio-pci" transitional "$port" 3
	check_that "$name: one of them with its modern registers mapped" bind_mapped "${vfs[2]}"
	udevadm settle --timeout=30
	export VFIO_DEVICE=$vf VFIO_PEER=${vfs[1]} VFIO_MAPPED=${vfs[2]}
	for VFIO_ACCESS in group cdev; do
		export VFIO_ACCESS
		for program in $programs; do
			case $program in
			intx*) export VFIO_NOTIFY_COUNT="$counts/command_count.sh pf0 0" ;;
			*) export VFIO_NOTIFY_COUNT="$counts/notify_count.sh pf0 0 member" ;;
			esac
			results_of "$name, $VFIO_ACCESS" "$VFIO_TESTS/${program}_test"
		done
	done
done
programs() { (cd "$VFIO_TESTS" && printf '%s\n' *_test) | sed 's/_test$//' | sort; }
# shellcheck disable=SC2086	# words
check_that "no program was left out" [ "$(programs)" = "$(printf '%s\n' $all $elsewhere | sort)" ]
finish
