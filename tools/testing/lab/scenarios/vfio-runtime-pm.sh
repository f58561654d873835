#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-runtime-pm
# about: with runtime power management on a VF sleeps while nobody has it open, and works when one has
# when: full
# limit: 200
# where: vm
# kernel: 6.1
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vfio.sh
. tools/testing/lab/scenarios/lib/vfio_user.sh

pci=/sys/bus/pci/devices
status_of() { cat "$pci/$1/power/runtime_status"; }
is() { [ "$(status_of "$1")" = "$2" ]; }

start
check_that "VFs" transitional rp0 2
for one in "$pf" "${vfs[@]}"; do
	echo auto >"$pci/$one/power/control"
done

for round in 1 2 3; do
	check_that "round $round: the VF sleeps" wait_for 5 is "$vf" suspended
	open_user a "$vf"
	check_that "round $round: it is awake while it is open" is "$vf" active
	check_that "round $round: its registers are written" gives a "w 18 1 1" 0 1000
	check_that "round $round: and read" gives a "r 18 1" 1 1000
	check_that "round $round: the other VF sleeps on" is "${vfs[1]}" suspended
	close_user a
done
check_that "the VF sleeps again" wait_for 5 is "$vf" suspended
export VFIO_DEVICE=$vf
results_of "after it slept" "$VFIO_TESTS/bar0_test"
results_of "after it slept" "$VFIO_TESTS/reset_test"
results_of "while it is open" "$VFIO_TESTS/power_test"
check_that "and again" wait_for 5 is "$vf" suspended
finish
