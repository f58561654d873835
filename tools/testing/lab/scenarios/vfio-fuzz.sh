#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-fuzz
# about: random accesses through vfio: no splat, nothing leaks, the device works afterwards
# limit: 120
# where: vm
# kernel: 6.1
#
# For longer: tools/testing/lab/lab run -t 1500 -e FUZZ_SECONDS=600 -- \
#	bash /lab/tools/testing/lab/scenarios/vfio-fuzz.sh
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vfio.sh

seconds=${FUZZ_SECONDS:-15}

# unreclaimable kernel memory, in KiB
kernel_memory() { awk '/^SUnreclaim/ { print $2 }' /proc/meminfo; }

start
for type in net:rp0 blk:rp1; do
	IFS=: read -r name port <<<"$type"
	check_that "$name: driverctl binds virtio-vfio-pci" transitional "$port" 1
	# what grows once has grown
	program "$name: 5 s" fuzz "$vf" 5
	before=$(kernel_memory)
	program "$name: $seconds s" fuzz "$vf" "$seconds"
	after=$(kernel_memory)
	echo "# kernel memory: $before KiB before, $after KiB after"
	check_that "$name: nothing leaks" [ "$after" -lt $((before + 4096)) ]
	export VFIO_DEVICE=$vf
	results_of "$name: afterwards" "$VFIO_TESTS/reset_test"
done
finish
