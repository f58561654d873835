#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: lab-stream
# about: output and input pass through as they come, byte for byte
# when: full
# limit: 400
# where: host
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh

lab=tools/testing/lab/lab
plan 6

# The second word comes four seconds after the first, not with it.
timeout 100 $lab run -- sh -c 'echo one; sleep 4; echo two' 2>"$tmp/log" |
	while read -r word; do echo "$word $(date +%s%N)"; done >"$tmp/times"
gap=$(awk '{ at[$1] = $2 } END { print int((at["two"] - at["one"]) / 1000000) }' "$tmp/times")
check_that "output comes when it is printed ($gap ms apart)" \
	[ "$gap" -ge 3000 ] && [ "$gap" -le 8000 ]

head -c 3000000 /dev/urandom >"$tmp/bytes"
timeout 100 $lab run -i -- cat <"$tmp/bytes" >"$tmp/back" 2>"$tmp/log"
check_that "3 MB of random bytes go in and come back" cmp "$tmp/bytes" "$tmp/back"

timeout 100 $lab run -- sh -c 'echo out; echo err >&2; echo result >/lab-out/result
	(sleep 300; echo late) &' >"$tmp/out" 2>"$tmp/err"
check_that "stdout has what was printed there, nothing else" [ "$(cat "$tmp/out")" = out ]
check_that "stderr has what was printed there" grep -qx err "$tmp/err"
check_that "what is left in /lab-out stays, a left-over process does not hold the run" \
	[ "$(cat "$(sed -n 's/.*consoles in //p' "$tmp/err")/result")" = result ]

check_that "without -i the command's input is empty" \
	[ "$(echo ignored | timeout 100 $lab run -- wc -c 2>/dev/null)" = 0 ]
