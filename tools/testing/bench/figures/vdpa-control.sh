#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-control
# about: memory mapped for a process by vhost-vdpa and unmapped; devices made and removed
# quick: yes
# limit: 180
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/vdpa.sh

mib=1024 count=500 times=5
[ "${BENCH_QUICK:-}" != 1 ] || mib=128 count=100 times=2

# The kernel's own has limits for pieces, of which scattered memory has more
many=()
[ "$BENCH_SIDE" = ours ] || many=(max_iotlb_entries=2000000000)

# unload: a module that is there already would not take new parameters
unload() { modprobe -r vhost_vdpa vdpa_sim_net vdpa_sim_blk vdpa_sim; }

# load USE_VA: both sides in the same mode, which is asked for afterwards
load() {
	unload
	modprobe vdpa_sim "use_va=$1" "${many[@]}"
	[ "$(cat /sys/module/vdpa_sim/parameters/use_va)" = "$([ "$1" = 1 ] && echo Y || echo N)" ]
	modprobe vdpa_sim_net
	modprobe vhost_vdpa "${many[@]}"
}

# maps MODE
maps() {
	echo $((mib / 2)) >/proc/sys/vm/nr_hugepages
	out/bench/bin/vdpa map huge "$1" $mib
	echo 0 >/proc/sys/vm/nr_hugepages
	out/bench/bin/vdpa map scattered "$1" $mib
}

load 0
# udev is at work on what they leave behind: not each time as much
for _ in $(seq $times); do
	out/bench/bin/vdpa cycles $count
done
maps pinned
load 1
maps va
unload
