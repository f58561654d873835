#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-control
# about: memory mapped for a process by vhost-vdpa and unmapped; devices made and removed
# quick: yes
# limit: 120
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/vdpa.sh

mib=1024 count=500
[ "${BENCH_QUICK:-}" != 1 ] || mib=256 count=100

# Pinned memory in pieces without a limit: the kernel's own has parameters for that
options=(use_va=0)
[ "$BENCH_SIDE" = ours ] || options+=(max_iotlb_entries=0)
modprobe vdpa_sim "${options[@]}"
vdpa_load vdpa_sim_net vhost_vdpa
out/bench/bin/vdpa cycles $count
echo $((mib / 2)) >/proc/sys/vm/nr_hugepages
out/bench/bin/vdpa map huge $mib
echo 0 >/proc/sys/vm/nr_hugepages
out/bench/bin/vdpa map scattered $mib
rmmod vhost_vdpa vdpa_sim_net vdpa_sim
