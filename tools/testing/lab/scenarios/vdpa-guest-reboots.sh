#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-guest-reboots
# about: a nested guest on -netdev vhost-vdpa boots 100 times, by its own reboot and by a reset in turn
# limit: 3600
# when: named
# where: vm
# kernel: 6.1
# device:
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vdpa-guest.sh

boots=100
again=()
for ((boot = 1; boot < boots; boot += 2)); do
	again+=(reboot "${traffic[@]}" reset "${traffic[@]}")
done

plan 5
check_that "NICs" nics
check_that "$boots boots, with traffic each time" \
	guest reboots --modern --mem 256 --limit 3500 --boot-limit 120 --extra "$netdev" -- \
	"${traffic[@]}" "${again[@]}"
check_that "so many reached their traffic" \
	[ "$(grep -c '"report":"ping".*"received":"5"' "$tmp/reboots")" = $((boots + 1)) ]
check_that "QEMU had nothing to complain about" qemu_is_quiet reboots
check_that "nothing is pinned any more" nothing_pinned
