#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: card-latency
# about: a command takes as long as latency-us and late-us say, as the driver measures it
# when: full
# limit: 300
# where: vm
# kernel: 6.1
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/admin.sh

# measure: the median of 300 reads of a VF's status, in p50
measure() {
	local line words
	gives 0 "${vfs[0]}" repeat 300 common_read 18 1 || return 1
	for line in "${came[@]}"; do
		read -ra words <<<"$line"
		[ "${words[0]}" != p50_ns ] || p50=$((words[1] / 1000)) p99=$((words[3] / 1000))
	done
}

# takes WHAT US: no less, and no more than a busy machine's timers make of it
takes() {
	measure || return 1
	echo "# $1: p50 $p50 us, p99 $p99 us"
	[ "$p50" -ge "$2" ] && [ "$p50" -le $(($2 + 5000)) ]
}

plan 10
pf=$(pf_of rp0)
admin_vfs "$pf" 2
check_that "synchronous: no time of its own" takes "latency-us 0" 0
at_once=$p50
for us in 20 100 500 5000; do
	card set pf0 latency-us $us >/dev/null
	check_that "$us us before the command runs" takes "latency-us $us" $us
done
check_that "5000 us are seen" [ $((p50 - at_once)) -ge 4000 ]
card set pf0 latency-us 0 >/dev/null
fault pf0 'vf0:late-us=100'
check_that "100 us before it completes" takes "late-us 100" 100
fault pf0 'vf0:late-ms=10'
check_that "10 ms before it completes" takes "late-ms 10" 10000
fault pf0 ''
check_that "and none again" takes "latency-us 0" 0
check_that "... as at first" [ "$p50" -lt 5000 ]
