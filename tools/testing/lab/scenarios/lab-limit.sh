#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: lab-limit
# about: a command that never ends or prints without end is cut
# when: full
# limit: 400
# where: host
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh

lab=tools/testing/lab/lab
plan 6

# cut_run EXPECTED LAB-OPTIONS...: run it, note status and duration
cut_run() {
	local expected=$1 start=$SECONDS
	shift
	status=0
	timeout -k 5 100 $lab run "$@" >"$tmp/out" 2>"$tmp/log" || status=$?
	took=$((SECONDS - start))
	[ "$status" -eq "$expected" ]
}

check_that "a command that never ends gives 124" cut_run 124 -t 5 -- sleep 1000
check_that "within the limit and a boot ($took s)" [ "$took" -le 60 ]
check_that "and one line says so" \
	[ "$(grep -c 'lab: cut: the command ran longer than 5 s' "$tmp/log")" = 1 ]
check_that "a command that prints without end gives 122" cut_run 122 -o 2 -- yes
check_that "its output ends near the limit ($(stat -c %s "$tmp/out") bytes)" \
	[ "$(stat -c %s "$tmp/out")" -le 4194304 ]
check_that "and one line says so" \
	[ "$(grep -c 'lab: cut: the command printed more than 2 MiB' "$tmp/log")" = 1 ]
