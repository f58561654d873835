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
	count=$(quick_or 3000 8000)
	[ "${case#*:}" -lt 100 ] || count=$((count / 4))
	"$BIN/access" "$vf" "${case%:*}" "$count"
done
card_latency 0
only_vfs 0
