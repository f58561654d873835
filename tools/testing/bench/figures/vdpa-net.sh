#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-net
# about: frames that a simulated NIC under virtio_net sends to itself
# quick: yes
# limit: 60
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/vdpa.sh

seconds=3
[ "${BENCH_QUICK:-}" != 1 ] || seconds=1

vdpa_load vdpa_sim_net virtio_vdpa
vdpa dev add name bench mgmtdev vdpasim_net mac 02:00:00:00:00:77
wait_for 10 netdev_of bench
udevadm settle --timeout=30
interface=$(netdev_of bench)
# nothing but what is measured; a kernel may have no IPv6
quiet=/proc/sys/net/ipv6/conf/$interface/disable_ipv6
[ ! -e "$quiet" ] || echo 1 >"$quiet"
ip link set "$interface" up
sleep 1
out/bench/bin/vdpa packets "$interface" $seconds 60
out/bench/bin/vdpa packets "$interface" $seconds 1514
vdpa dev del bench
rmmod vdpa_sim_net virtio_vdpa
