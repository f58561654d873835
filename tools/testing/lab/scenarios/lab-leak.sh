#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: lab-leak
# about: on the debug kernel a scenario in which memory is lost fails, and says who took it
# limit: 1800
# where: host
# kernel: 7.3-debug
# when: named
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh

lab=tools/testing/lab/lab
kdir=$($lab kdir 7.3-debug)
build=out/check/leak
plan 5

mkdir -p $build
cp tools/testing/lab/scenarios/lib/splat/* $build/
make -s -C "$kdir" M="$PWD/$build" modules >"$tmp/build" 2>&1 || {
	cat "$tmp/build"
	exit 1
}

# a_scenario EXPECTED COMMAND: one in a VM
a_scenario() {
	local status=0
	LAB_DEVICE='' $lab run -k 7.3-debug -- bash -c ". tools/testing/lab/scenarios/lib/ktap.sh
		at_end() { echo '# its own end'; }
		plan 1; check_that it $2" >"$tmp/out" 2>"$tmp/log" </dev/null || status=$?
	[ $status = "$1" ] || { echo "# status $status"; sed 's/^/# /' "$tmp/out" "$tmp/log"; return 1; }
}

check_that "without a loss all is well" a_scenario 0 true
check_that "memory that is lost fails the run" a_scenario 121 "insmod $build/splat.ko how=leak"
check_that "and the scenario says who took it" \
	grep -qE '^# lost: .*\bleak\+.*\[splat\]' "$tmp/out"
check_that "which has its own end as well" grep -qx '# its own end' "$tmp/out"
check_that "the kernel's line is what fails it" grep -q 'kernel splat .*kmemleak: ' "$tmp/log"
