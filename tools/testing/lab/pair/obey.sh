#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In host-b of a pair: do what host-a says, line by line, until it is gone. hosts.sh, beside
# this, has the other end. An answer is what the command said, a line behind each |, and =STATUS.
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/pair/hosts.sh

if [ "${1:-}" != serve ]; then
	exec socat "TCP-LISTEN:$pair_port,reuseaddr" "EXEC:bash $0 serve,nofork"
fi

while IFS= read -r line; do
	eval "$line" </dev/null >"$tmp/said" 2>&1
	status=$?
	awk '{ print "|" $0 }' "$tmp/said"
	echo "=$status"
done
