#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: cost
# about: processor time, allocations, DMA mappings and interrupts of a command
# quick: yes
# limit: 120
set -eu
. tools/testing/bench/vm/lib.sh

bench_vfs 1
for case in sync:0 500us:500; do
	card_latency "${case#*:}"
	count=$(quick_or 12000 100000)
	[ "${case#*:}" = 0 ] || count=$((count / 15))
	"$BIN/cost" "$vf" "${case%:*}" "$count" cpu
done
"$BIN/cost" "$vf" sleep-500us "$(quick_or 800 7000)" sleep
card_latency 0
# shellcheck disable=SC2046
"$BIN/cost" "$vf" sync "$(quick_or 2000 10000)" events $(irqs_of "$PF")
only_vfs 0
