#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In the VM: run figures for one side, one after the other: side.sh NAME...
# Their lines go to stdout as they come. A figure that fails is told, and the next
# one has its turn; the status is the number of them.
set -u
here=tools/testing/bench

header() { sed -n "s/^# $2: *//p" "$1" | head -n 1; }

# The processor's counter is the programs' clock: it has to run at one speed
grep -qw constant_tsc /proc/cpuinfo || grep -qw tsc /proc/cpuinfo || { echo "no TSC" >&2; exit 125; }

failed=0
for name in "$@"; do
	file=$here/figures/$name.sh
	start=$SECONDS status=0
	timeout -k 5 "$(header "$file" limit)" bash "$file" || status=$?
	if [ $status -ne 0 ]; then
		echo "! $name: status $status on side $BENCH_SIDE"
		failed=$((failed + 1))
	fi
	echo "# $name took $((SECONDS - start)) s"
done
exit $failed
