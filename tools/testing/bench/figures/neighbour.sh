#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: neighbour
# about: one VF while nothing else happens, while another is mute, while others flood
# quick: yes
# limit: 120
set -euo pipefail
. tools/testing/bench/vm/lib.sh

bench_vfs 5
ms=$(quick_or 500 4000)
"$BIN/neighbour" quiet "$ms" 0 : "$vf" | tee /tmp/quiet
# in all 100 calls a second, which both sides keep up; then as many as each side can do
"$BIN/neighbour" paced-1 "$ms" 10000 : "${vfs[@]:0:2}"
"$BIN/neighbour" paced-4 "$ms" 40000 : "${vfs[@]:0:5}"
"$BIN/neighbour" flood-1 "$ms" 0 : "${vfs[@]:0:2}"
"$BIN/neighbour" flood-4 "$ms" 0 : "${vfs[@]:0:5}"
# as many that only want the processors: no driver can be better beside a flood that never sleeps
"$BIN/neighbour" cpu-4 "$ms" 0 : "$vf" cpu cpu cpu cpu
# Its caller does not come back on one side, until the card lets it go: that is when
# the results are there. Waiting for them must not cost the processors anything.
"$BIN/neighbour" mute "$ms" 0 "card faults pf0 vf1:mute" "${vfs[@]:0:2}" |
	while read -r line; do
		echo "$line"
		[[ $line != *beside* ]] || card faults pf0 '' </dev/null
	done | tee /tmp/mute
# by how much the others' p99 grew
cat /tmp/quiet /tmp/mute | awk '
	$1 == "neighbour-p99" { p99[$2] = $4 }
	END { printf "neighbour-mute p99-by-quiet n %.3f\n", p99["mute"] / p99["quiet"] }'
only_vfs 0
