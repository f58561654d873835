#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: virtio-ring
# about: queues reset and resized one by one under load, with own and with shared vectors
# limit: 300
# where: vm
# kernel: 6.1
# device: -netdev user,id=u0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=2,uplink=u0 -netdev user,id=u1 -device virtio-net-pf,id=pf1,bus=rp1,vfs=2,uplink=u1,vectors=2
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/virtio.sh

ring_reset_taken() { [ "$(cut -c 41 "$pci/$1"/virtio*/features)" = 1 ]; }

resize_ten_times() {
	local size
	for size in 128 256 128 256 64 512 64 256 128 256; do
		ethtool -G "$1" rx $size tx $size || return 1
		# twice each: maximum and current
		[ "$(ethtool -g "$1" | grep -cE "^[RT]X:[[:space:]]*$size\$")" = 2 ] || return 1
		sleep 0.1
	done
}

still_answers() { wait_for 10 ping -c 1 -W 1 -I "$1" 10.0.2.2; }

plan 10
while read -r port what; do
	pf=$(pf_of "$port")
	name=$(basename "$pci/$pf"/virtio*/net/*)
	check_that "$what vectors: ring reset was negotiated" ring_reset_taken "$pf"
	ip address add 10.0.2.15/24 dev "$name"
	ip link set "$name" up
	check_that "$what vectors: the network" still_answers "$name"
	ping -i 0.002 -s 1000 -I "$name" 10.0.2.2 >"$tmp/ping" 2>&1 &
	load=$!
	check_that "$what vectors: resized under load" resize_ten_times "$name"
	check_that "$what vectors: the network after it" still_answers "$name"
	check_that "$what vectors: load was there to the end" kill -INT $load
	wait $load || echo "# ping ended with status $?"
	tail -n 3 "$tmp/ping" | sed 's/^/# /'
	ip address flush dev "$name"
done <<'END'
rp0 own
rp1 shared
END
