#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-intx-long
# about: none of a million interrupts of a VF's INTx line is lost, by the card's count too; four threads for a minute
# limit: 2400
# when: named
# where: vm
# kernel: 6.1
# passes: VFIO_SECONDS VFIO_INTX_COUNT
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vfio.sh

counters=/lab/tools/testing/lab/scenarios/lib
count=${VFIO_INTX_COUNT:-500000}	# of each device
export VFIO_SECONDS=${VFIO_SECONDS:-60}

start
for type in net:rp0:pf0 blk:rp1:pf1; do
	IFS=: read -r name port id <<<"$type"
	check_that "$name: driverctl binds virtio-vfio-pci" transitional "$port" 1
	export VFIO_DEVICE=$vf
	VFIO_NOTIFY_COUNT="$counters/command_count.sh $id 0" \
		VFIO_INTERRUPT_COUNT="$counters/interrupt_count.sh $id 0" VFIO_INTX_COUNT=$count \
		results_of "$name, $count times" "$VFIO_TESTS/intx_life_test" none_is_lost
	results_of "$name, $VFIO_SECONDS s" "$VFIO_TESTS/intx_race_test" four_threads
done
finish
