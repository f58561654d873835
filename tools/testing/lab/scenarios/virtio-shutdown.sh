#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: virtio-shutdown
# about: power off and reboot with three PFs that do not finish a reset: one time-out in all
# limit: 600
# when: full
# where: host
# kernel: 6.1 7.3
#
# The virtio core resets every device when the machine goes down.
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh

lab=tools/testing/lab/lab
timeout_ms=10000
slack_ms=$((8000 * ktap_patience))	# for all else that goes down, and the runner

LAB_DEVICE=
for n in 0 1 2; do
	LAB_DEVICE+=" -netdev user,id=up$n -device virtio-net-pf,id=pf$n,bus=rp$n,vfs=1,uplink=up$n"
done
export LAB_DEVICE

# goes_down KERNEL HOW PF...: it does, and in $ms
goes_down() {
	local kernel=$1 how=$2 start status=0
	shift 2
	$lab run -k "$kernel" -t 200 -- bash tools/testing/lab/scenarios/lib/go_down.sh "$how" $timeout_ms "$@" \
		>"$tmp/out" 2>"$tmp/log" &
	wait_for 240 grep -q '^going down' "$tmp/out" || { sed 's/^/# /' "$tmp/log"; return 1; }
	start=$(date +%s%3N)
	wait $! || status=$?
	ms=$(($(date +%s%3N) - start))
	echo "# $kernel, $how, mute: $* ($(<"$tmp/out")): $ms ms, status $status"
	# the lab's word for a VM that ended without its job
	[ $status = 125 ] && grep -q 'ended by itself' "$tmp/log" || { sed 's/^/# /' "$tmp/log"; return 1; }
}

# how many PFs were given up, as the console tells
missed() { grep -c 'device reset timed out' "$(sed -n 's/.*consoles in //p' "$tmp/log")/console.log"; }

plan 16
for kernel in 6.1 7.3; do
	for how in poweroff reboot; do
		check_that "$kernel: $how" goes_down $kernel $how
		check_that "$kernel: $how with three mute PFs" goes_down $kernel $how pf0 pf1 pf2
		check_that "$kernel: ... they were given up" [ "$(missed)" = 3 ]
		check_that "$kernel: ... waits for one time-out at most" [ $ms -lt $((timeout_ms + slack_ms)) ]
	done
done
