#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: access
# about: one register read and one write through vfio, by the card's latency
# quick: yes
# limit: 120
set -eu
. tools/testing/bench/vm/lib.sh

bench_vfs 1
for case in $LATENCIES; do
	card_latency "${case#*:}"
	count=$(quick_or 1000 2000)
	[ "${case#*:}" -lt 100 ] || count=$((count / 2))
	# one process in fifteen takes half as long again, by its median: one alone says little
	for _ in $(seq "$(quick_or 2 5)"); do
		"$BIN/access" "$vf" "${case%:*}" "$count"
	done
done
card_latency 0
only_vfs 0
