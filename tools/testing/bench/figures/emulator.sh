#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: emulator
# about: the card's real latency, looked at without a pause, and what it can do at most: a loop in the kernel, on our queue
# quick: yes
# limit: 90
# sides: ours
set -eu
. tools/testing/bench/vm/lib.sh

# in_kernel VF COUNT: a loop of COUNT reads of the status; what came of it
in_kernel() {
	local fd
	exec {fd}<>"/sys/kernel/debug/admin_exercise/$1"
	echo "repeat $2 common_read 18 1" >&"$fd"
	cat <&"$fd"
	exec {fd}>&-
}

# looked at for as long as it takes: no sleep and no wake-up in these
look=/sys/module/virtio_pci/parameters/admin_poll_us
looked=$(cat $look)
echo 1000 >$look
modprobe admin_exercise
only_vfs 1
give_to admin_exercise "$vf"
interrupts_to_last_cpu
for case in $LATENCIES; do
	card_latency "${case#*:}"
	count=$(quick_or 4000 20000)
	[ "${case#*:}" = 0 ] || count=$((count / 10))
	in_kernel "$vf" "$count" | awk -v what="${case%:*}" '
		$1 == "calls" { calls = $2; total = $8 }
		$1 == "p50_ns" {
			printf "emulator-latency %s us %.2f\n", what, $2 / 1000
			printf "emulator-latency-p99 %s us %.2f\n", what, $4 / 1000
			printf "emulator-commands %s 1/s %.0f\n", what, calls * 1e6 / total
		}'
done
card_latency 0
only_vfs 0
# what comes after it must not have a driver more than on the other side
rmmod admin_exercise
echo "$looked" >$look
