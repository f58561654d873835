#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: notify
# about: one queue notification: a write to the register, and what it costs a guest by each way
# quick: yes
# limit: 90
set -eu
. tools/testing/bench/vm/lib.sh

modprobe kvm_amd
bench_vfs 1
# as in access.sh: one process alone says little
for _ in $(seq "$(quick_or 3 5)"); do
	"$BIN/notify" "$vf" "$(quick_or 20000 100000)"
done
"$BIN/kick" "$vf" "$(quick_or 3000 20000)"
only_vfs 0
