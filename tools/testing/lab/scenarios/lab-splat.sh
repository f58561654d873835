#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: lab-splat
# about: a kernel that complains, dies or stops answering fails the run
# when: full
# limit: 700
# where: host
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh

lab=tools/testing/lab/lab
kdir=$($lab kdir 6.1)
build=$PWD/out/check/splat
plan 13

mkdir -p "$build"
cp tools/testing/lab/scenarios/lib/splat/* "$build/"
make -s -C "$kdir" M="$build" modules >"$tmp/build" 2>&1 || {
	cat "$tmp/build"
	exit 1
}

# splat_run EXPECTED LAB-OPTIONS...
splat_run() {
	local expected=$1 start=$SECONDS
	shift
	status=0
	LAB_SILENCE=20 LAB_DEVICE='' timeout -k 5 150 $lab run -s "$build" "$@" \
		>"$tmp/out" 2>"$tmp/log" || status=$?
	took=$((SECONDS - start))
	[ "$status" -eq "$expected" ] || { sed 's/^/# /' "$tmp/log"; return 1; }
}

check_that "a warning fails a run that ended well" \
	splat_run 121 -- sh -c 'insmod splat.ko how=warn; echo went on; exit 0'
check_that "which was not cut short" grep -q 'went on' "$tmp/out"
check_that "and the log's tail is shown" grep -q '  | .*splat: a warning on purpose' "$tmp/log"
check_that "an oops ends the run" splat_run 121 -- sh -c 'insmod splat.ko how=oops; sleep 100'
check_that "before its command does ($took s)" [ "$took" -lt 80 ]
check_that "a panic ends the run" splat_run 121 -- insmod splat.ko how=panic
check_that "and its text is shown" grep -q 'splat: a panic on purpose' "$tmp/log"
check_that "a VM that stops answering fails the run" splat_run 125 -- insmod splat.ko how=freeze
check_that "within the limit and a boot ($took s)" [ "$took" -lt 90 ]
check_that "and what only its console said is shown" grep -q '  | .*splat: a freeze on purpose' "$tmp/log"
check_that "a splat in a guest's console fails the run" splat_run 121 -- sh -c \
	'mkdir /lab-out/guest0; echo "[ 1.0] BUG: kernel NULL pointer" >/lab-out/guest0/console.log'
check_that "a splat that was announced does not" \
	splat_run 7 --expect-splat -- sh -c 'insmod splat.ko how=warn; exit 7'
check_that "announced but not seen is a failure" splat_run 121 --expect-splat -- true
