#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: lab-ctrl-c
# about: interrupted runs leave no VM behind, and the next one works
# when: full
# limit: 500
# where: host
# alone: lab stop ends every VM of the tree
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh

lab=tools/testing/lab/lab
plan 9

# begin: a run in a session of its own; returns when its command runs. It waits as long as the lab
# lets a VM boot.
begin() {
	local _
	: >"$tmp/out"
	setsid $lab run -- sh -c 'echo started; sleep 300' >"$tmp/out" 2>"$tmp/log" &
	leader=$!
	for _ in $(seq $((${LAB_BOOT:-120} * 10))); do
		! grep -q started "$tmp/out" || return 0
		kill -0 "$leader" 2>/dev/null || return 1
		sleep 0.1
	done
	return 1
}

folder() { sed -n 's/.*consoles in //p' "$tmp/log"; }

no_vm() {
	local _
	folder >"$tmp/folder"
	for _ in $(seq 50); do
		grep -lsaF -f "$tmp/folder" /proc/[0-9]*/cmdline >"$tmp/left" || return 0
		sleep 0.1
	done
	sed 's/^/# left: /' "$tmp/left"
	return 1
}

# rows (each is also a proof that the run after a cut one works): signal, to whom, the status to see
while read -r signal whom expected; do
	begin
	target=$leader
	[ "$whom" = group ] && target=-$leader
	start=$SECONDS
	kill "-$signal" -- "$target"
	status=0
	wait "$leader" || status=$?
	check_that "$signal to the $whom ends the run with $expected, in $((SECONDS - start)) s" \
		[ "$status" -eq "$expected" ]
	check_that "and its VM" no_vm
	[ "$signal" = KILL ] ||
		check_that "one line says so" [ "$(grep -c 'lab: interrupted; the VM is ended' "$tmp/log")" = 1 ]
done <<'END'
INT group 130
TERM runner 143
KILL runner 137
END

begin
$lab stop 2>>"$tmp/log"
status=0
wait "$leader" || status=$?
check_that "lab stop ends it as well" [ "$status" -eq 143 ]
