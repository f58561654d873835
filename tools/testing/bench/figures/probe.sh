#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: probe
# about: what a legacy driver's probe does to the registers, from reset to DRIVER_OK
# quick: yes
# limit: 60
set -eu
. tools/testing/bench/vm/lib.sh

bench_vfs 1
"$BIN/probe" "$vf" "$(quick_or 200 1000)"
only_vfs 0
