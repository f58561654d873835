#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: style-modules
# about: modules build from nothing without a word from W=1 and sparse
# limit: 300
# where: host
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh

if ! find drivers -name '*.c' | grep -q .; then
	echo "1..0 # SKIP no driver in this tree"
	exit 0
fi
plan 2
status=0
mkdir "$tmp/out"
scripts/build-modules "$(tools/testing/lab/lab kdir 6.1)" "$tmp/out" C=1 CHECK=sparse \
	>"$tmp/log" 2>&1 || status=$?
[ $status -eq 0 ] || tail -n 20 "$tmp/log" | sed 's/^/# /'
check_that "they build" [ $status -eq 0 ]

# what Debian's headers cannot give is no finding: vmlinux, for BTF
complaints() { grep -vE 'Skipping BTF generation|^/.*: *$' "$tmp/log" | grep -iE 'warning|error'; }
if complaints >"$tmp/complaints"; then
	sed 's/^/# /' "$tmp/complaints"
	not_ok "no warnings"
else
	ok "no warnings"
fi
