#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: lab-exit-status
# about: lab run returns what its command returned
# when: full
# limit: 400
# where: host
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh

lab=tools/testing/lab/lab
plan 3

# each row: the status to see, then the command
while read -r expected command; do
	status=0
	timeout 100 $lab run -- sh -c "$command" >/dev/null 2>"$tmp/log" || status=$?
	check_that "$command gives $expected" [ "$status" -eq "$expected" ]
done <<'END'
137 kill -KILL $$
END
status=0
timeout 100 $lab run -- no-such-command 2>"$tmp/log" || status=$?
check_that "a command that does not exist gives 127" [ "$status" -eq 127 ]
check_that "and is named" grep -q 'no-such-command: No such file' "$tmp/log"
