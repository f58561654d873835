#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: lab-two-at-once
# about: two labs on one machine do not disturb each other
# when: full
# limit: 500
# where: host
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh

lab=tools/testing/lab/lab
plan 7

# A cache of its own, sharing what takes long to make.
cache=${LAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/virtio-vfio-pci}
mkdir "$tmp/cache"
ln -s "$cache/image" "$cache/qemu" "$tmp/cache/"
export LAB_CACHE=$tmp/cache
# the kernel may be newer than the one that modules are built for
export LAB_MODULES=none

# Both want the same kernel at the same moment, from an empty cache.
for n in 1 2; do
	(
		status=0
		timeout 150 $lab kdir 6.1 >"$tmp/kdir$n" 2>"$tmp/log$n" || status=$?
		echo $status >"$tmp/status$n"
	) &
done
wait
for n in 1 2; do
	check_that "setup $n works" [ "$(cat "$tmp/status$n")" = 0 ]
done
check_that "one of them fetched, both have it" \
	[ "$(cat "$tmp"/log? | grep -c 'fetching kernel.*done') $(cat "$tmp"/kdir? | sort -u | wc -l)" = "1 1" ]

start=$SECONDS
for n in 1 2; do
	(
		status=0
		timeout 150 $lab run -- sh -c "sleep 10; echo $n >/lab-out/who; cat /lab-out/who; exit $n" \
			>"$tmp/out$n" 2>"$tmp/log$n" || status=$?
		echo $status >"$tmp/status$n"
	) &
done
wait
took=$((SECONDS - start))
for n in 1 2; do
	check_that "lab $n returned its own status" [ "$(cat "$tmp/status$n")" = $n ]
	check_that "lab $n saw its own folder" [ "$(cat "$tmp/out$n")" = $n ]
	sed 's/^/# /' "$tmp/log$n"
done
echo "# both together: $took s"
