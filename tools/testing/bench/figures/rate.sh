#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: rate
# about: commands per second with 1 to 64 VFs accessed at once
# quick: yes
# limit: 180
set -euo pipefail
. tools/testing/bench/vm/lib.sh

bench_vfs "$(quick_or 16 64)"
what() {
	local case n
	for case in sync:0 100us:100; do
		echo "!card set pf0 latency-us ${case#*:} >/dev/null"
		for n in $(quick_or "1 4 16" "1 2 4 8 16 32 64"); do
			echo "${case%:*},vfs-$n $n"
		done
	done
}
what | "$BIN/rate" "$(quick_or 200 1500)" "${vfs[@]}"
card_latency 0
only_vfs 0
