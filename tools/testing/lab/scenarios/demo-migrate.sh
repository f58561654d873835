#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: demo-migrate
# about: make demo-migrate: it shows what it says
# limit: 1800
# when: named
# where: host
set -u
. tools/testing/lab/scenarios/lib/ktap.sh

has() { grep -qE "$1" "$tmp/out"; }
# shows TEXT N: so many lines have it
shows() { [ "$(grep -cE "$1" "$tmp/out")" = "$2" ]; }

plan 6
make --no-print-directory demo-migrate >"$tmp/out" 2>&1
status=$?
sed 's/^/# /' "$tmp/out"
check_that "it ends well" [ $status -eq 0 ]
check_that "how long the guest stood still, both times" shows 'stood still +[0-9]+ ms of [0-9]+ ms' 2
check_that "what was carried, both times" shows "memory +[0-9]+ bytes; the VFs' states [1-9][0-9]* bytes" 2
check_that "every write is on the disk, both times" shows 'writes +[1-9][0-9]*, of which 0 are not on the disk' 2
check_that "both drivers were legacy's, both times" shows 'drivers .* both legacy' 2
check_that "the closing line" has 'Shown: a legacy-only guest'
