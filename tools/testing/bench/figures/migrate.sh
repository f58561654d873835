#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: migrate
# about: the state of a VF that a legacy driver uses goes to another VF and back; and what a neighbour notices of that
# quick: yes
# limit: 300
set -euo pipefail
. tools/testing/bench/vm/lib.sh

# its own virtio_pci, which both sides have there
[[ $(uname -r) != 6.12.* ]] || { echo "# no device parts on this kernel"; exit 0; }

count=$(quick_or 10 40)		# each is followed by a reset, 100 ms
ms=$(quick_or 1000 4000)

bench_vfs 3
for case in stop-copy pre-copy; do
	"$BIN/migrate" "${vfs[0]}" "${vfs[1]}" $case "$count"
done
"$BIN/neighbour" migrate-quiet "$ms" 0 : "${vfs[2]}" | tee /tmp/quiet-p99
"$BIN/migrate" "${vfs[0]}" "${vfs[1]}" loop $((ms + 3000)) >/tmp/loop &
sleep 1
"$BIN/neighbour" migrate-loop "$ms" 0 : "${vfs[2]}" | tee /tmp/loop-p99
wait $!
cat /tmp/loop
# by how much its p99 grew
cat /tmp/quiet-p99 /tmp/loop-p99 | awk '
	$1 == "neighbour-p99" { p99[$2] = $4 }
	END { printf "neighbour-migrate p99-by-quiet n %.3f\n", p99["migrate-loop"] / p99["migrate-quiet"] }'
only_vfs 0
