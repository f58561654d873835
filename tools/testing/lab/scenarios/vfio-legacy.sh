#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-legacy
# about: a VF as a transitional device by the vfio uAPI: every access, width and reset
# limit: 400
# where: vm
# kernel: 6.1
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vfio.sh

start
for type in net:rp0:pf0 blk:rp1:pf1; do
	IFS=: read -r name port id <<<"$type"
	check_that "$name: driverctl binds virtio-vfio-pci" transitional "$port" 2
	export VFIO_DEVICE=$vf
	for personality in tolerant strict; do
		card set "$id" personality "$personality"
		results_of "$name, $personality" "$VFIO_TESTS/bar0_test"
	done
	for program in config power region reset share; do
		results_of "$name" "$VFIO_TESTS/${program}_test"
	done
done
finish
