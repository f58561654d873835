#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-net
# about: frames that a simulated NIC under virtio_net sends to itself
# quick: yes
# limit: 100
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/vdpa.sh

seconds=3
[ "${BENCH_QUICK:-}" != 1 ] || seconds=1

# packets SUFFIX
packets() {
	local interface quiet bytes
	vdpa dev add name bench mgmtdev vdpasim_net mac 02:00:00:00:00:77
	wait_for 10 netdev_of bench
	udevadm settle --timeout=30
	interface=$(netdev_of bench)
	# nothing but what is measured; a kernel may have no IPv6
	quiet=/proc/sys/net/ipv6/conf/$interface/disable_ipv6
	[ ! -e "$quiet" ] || echo 1 >"$quiet"
	ip link set "$interface" up
	sleep 1
	for bytes in 60 1514; do
		out/bench/bin/vdpa packets "$interface" $seconds $bytes | sed "s/^vdpa-net $bytes /vdpa-net $bytes$1 /"
	done
	vdpa dev del bench
}

vdpa_load vdpa_sim_net virtio_vdpa
# what each side offers unasked
packets ,unasked
# the kernel's own has no more to offer
if [ "$BENCH_SIDE" = ours ]; then
	offer indirect_desc ring_reset
	echo Y >/sys/module/vdpa_sim_net/parameters/ctrl_rx
fi
packets ""
rmmod vdpa_sim_net virtio_vdpa
