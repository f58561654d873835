#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-fuzz
# about: random accesses to a net and a block VF at once: no splat, nothing leaks, both work afterwards
# limit: 900
# where: vm
# passes: FUZZ_SECONDS FUZZ_SEED
# kernel: 6.1
#
# vfio-fuzz-long is the same for ten minutes.
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vfio.sh

seconds=${FUZZ_SECONDS:-12}
seed=${FUZZ_SEED:-$((RANDOM * 32768 + RANDOM))}

# unreclaimable kernel memory, in KiB
kernel_memory() { awk '/^SUnreclaim/ { print $2 }' /proc/meminfo; }

# fuzz SECONDS: both VFs at once; whether both went well
fuzz() {
	local first second status=0
	"$VFIO_TESTS/fuzz" "$net" "$1" "$seed" >"$tmp/net" 2>&1 &
	first=$!
	"$VFIO_TESTS/fuzz" "$blk" "$1" "$((seed + 1))" >"$tmp/blk" 2>&1 &
	second=$!
	wait $first || status=$?
	wait $second || status=$?
	sed 's/^\(# \)\?/# net: /' "$tmp/net"
	sed 's/^\(# \)\?/# block: /' "$tmp/blk"
	return $status
}

start
check_that "net: driverctl binds virtio-vfio-pci" transitional rp0 1
net=$vf
check_that "block: driverctl binds virtio-vfio-pci" transitional rp1 1
blk=$vf
# what grows once has grown
check_that "for 3 s" fuzz 3
before=$(kernel_memory)
check_that "for $seconds s" fuzz "$seconds"
after=$(kernel_memory)
echo "# kernel memory: $before KiB before, $after KiB after"
if looks_for_lost; then
	skip "nothing leaks" "KASAN keeps what was freed; kmemleak looks at the end"
else
	check_that "nothing leaks" [ "$after" -lt $((before + 4096)) ]
fi
for type in net blk; do
	export VFIO_DEVICE=${!type}
	results_of "$type: afterwards" "$VFIO_TESTS/config_test"
	results_of "$type: afterwards" "$VFIO_TESTS/bar0_test"
done
finish
