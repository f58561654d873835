#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-builtin
# about: on 6.12, where the owner's driver is built into the kernel: the same VF, the same accesses
# when: full
# limit: 300
# where: vm
# kernel: 6.12
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vfio.sh

start
for type in net:rp0 blk:rp1; do
	IFS=: read -r name port <<<"$type"
	check_that "$name: driverctl binds virtio-vfio-pci" transitional "$port" 1
	export VFIO_DEVICE=$vf
	for program in region config bar0 reset; do
		results_of "$name" "$VFIO_TESTS/${program}_test"
	done
done
pf=$(pf_of rp0) vf=$(vfs_of "$pf")
card faults pf0 'vf0:notify=owner'
export VFIO_DEVICE=$vf
export VFIO_NOTIFY_COUNT="/lab/tools/testing/lab/scenarios/lib/notify_count.sh pf0 0 owner"
results_of "the owner's address" "$VFIO_TESTS/notify_test"
results_of "the owner's address, by eventfd" "$VFIO_TESTS/ioeventfd_test"
finish
