#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-guest
# about: a nested guest of an unmodified QEMU on -netdev vhost-vdpa reaches the host, also after a reset
# limit: 400
# where: vm
# kernel: 6.1
# device:
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vdpa-guest.sh

plan 5
check_that "a NIC for the host, one for the guest" nics
check_that "the guest reaches the host, and again after a reset" \
	reaches_host anonymous 256 "$netdev" reset "${traffic[@]}"
check_that "QEMU had nothing to complain about" qemu_is_quiet anonymous
check_that "all memory was mapped" mapped_all
check_that "none is pinned any more" nothing_pinned
