#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: lab-clean-setup
# about: setup from nothing and a run, with all but the cache and out/ read-only
# limit: 900
# where: host
# when: named
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/readonly.sh

plan 3
# the emulator is taken as it is: it alone takes minutes
LAB_QEMU=${LAB_QEMU:-$(command -v qemu-system-x86_64)}
export LAB_QEMU
check_that "the view is read-only" read_only bash -c '! touch /etc/lab-clean /tmp/lab-clean 2>/dev/null'
export LAB_CACHE=$own LAB_DEVICE=''
# the kernel may be newer than the one that modules are built for
export LAB_MODULES=none
check_that "setup fetches and builds everything but the emulator" read_only "$lab" setup 6.1
check_that "and a run works" read_only timeout 140 "$lab" run -- true
