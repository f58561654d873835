#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: lab-clean
# about: a run from a filled cache, with all but the cache and out/ read-only
# when: full
# limit: 300
# where: host
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/readonly.sh

plan 2
for part in "$cache"/*/; do
	case $part in */tmp/ | */locks/ | *-test/) continue ;; esac
	cp -al "$part" "$own/"
done
export LAB_CACHE=$own LAB_DEVICE=''
check_that "the view is read-only" read_only bash -c '! touch /etc/lab-clean /tmp/lab-clean 2>/dev/null'
check_that "and a run works" read_only timeout 140 "$lab" run -- true
