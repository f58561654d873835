#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# leaks.sh SCENARIO: run it; then have a debug kernel look for memory that nobody
# refers to any more. What it finds it says in its log, and that fails the run.
set -u
kmemleak=/sys/kernel/debug/kmemleak

# what booting has lost is not the scenario's
[ ! -w $kmemleak ] || echo clear >$kmemleak
bash "$1"
status=$?
if [ -w $kmemleak ]; then
	# only what is some seconds old counts as lost
	sleep 6
	echo scan >$kmemleak
	echo scan >$kmemleak
	sed 's/^/# lost: /' $kmemleak
fi
exit $status
