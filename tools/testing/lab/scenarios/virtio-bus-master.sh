#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: virtio-bus-master
# about: a PF that does not finish its reset has no bus mastering until a reset is seen, whoever binds it or resets its function meanwhile
# when: full
# limit: 200
# where: vm
# kernel: 6.1
#
# Such a device has the addresses of rings that were freed. A status that stays is a
# reset that never ends, and COMMAND is read for as long as somebody waits for that.
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/virtio.sh

driver=/sys/bus/pci/drivers/virtio-pci
timeout_ms=4000

stuck() { card set "$1" lies 'common+20/1=1'; }
honest() { card set "$1" lies ''; }

# master ADDRESS: 4 if it is bus master, else 0
master() { echo $((0x$(setpci -s "$1" COMMAND) & 4)); }
is_off() { [ "$(master "$1")" = 0 ]; }
is_on() { [ "$(master "$1")" = 4 ]; }

# watched ADDRESS COMMAND...: what was read while it ran is in $seen; its status
watched() {
	local at=$1 status=0
	shift
	timeout 60 bash -c "$*" 2>"$tmp/command" &
	while kill -0 $! 2>"$tmp/kill"; do
		master "$at"
		sleep 0.05
	done >"$tmp/seen"
	wait $! || status=$?
	seen=$(tr '\n' ' ' <"$tmp/seen")
	echo "# $*: status $status, COMMAND & 4: $(uniq -c "$tmp/seen" | tr -s ' \n' ' ')"
	return $status
}

# it was read while the reset was waited for
never_on() { [[ $seen =~ ^(0 ){5,}$ ]]; }
# a reset of the function holds up whoever reads its configuration space, until it is over
on_and_then_off() { [[ $seen =~ ^(4 )*(0 )+$ ]]; }

# a virtio driver for the PF: refused by a device that does not reset, or taken
refused() { ! watched "$pf" "$bind_virtio" && never_on; }
taken() { bash -c "$bind_virtio" && use_net "$pf"; }

plan 16
pf=$(pf_of rp0) blk=$(pf_of rp1)
echo $timeout_ms >/sys/module/virtio_pci/parameters/reset_timeout_ms
check_that "a PF in use is bus master" is_on "$pf"

# --- unbound and bound again ---
stuck pf0
check_that "unbound, it does not finish its reset" watched "$pf" "echo $pf >$driver/unbind"
check_that "which takes bus mastering away" is_off "$pf"
watched "$pf" "echo $pf >$driver/bind" || :
check_that "bound again, it has none at any time" never_on
check_that "nor afterwards" is_off "$pf"
bind_virtio="echo $(virtio_of "$pf") >/sys/bus/virtio/drivers/virtio_net/bind"
check_that "a virtio driver is refused, and nor is it then" refused
honest pf0
check_that "the next reset is seen: it is in use" taken
check_that "and bus master" is_on "$pf"

# --- a reset of its function, with a driver that stays ---
check_that "a block PF is in use" use_disk "$blk"
check_that "and bus master" is_on "$blk"
stuck pf1
echo flr >"$pci/$blk/reset_method"
check_that "its function is reset, but the device does not follow" \
	watched "$blk" "echo 1 >$pci/$blk/reset"
check_that "bus mastering goes at once and stays away" on_and_then_off
check_that "also afterwards" is_off "$blk"
honest pf1
check_that "the next reset of its function works" eval 'echo 1 >"$pci/$blk/reset"'
check_that "it is bus master" is_on "$blk"
check_that "and in use" use_disk "$blk"
