#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-gone
# about: the card is reset or pulled out while a VF is open: its user gets errors, all of it can be taken down
# when: full
# limit: 400
# where: vm
# kernel: 6.1
# device: -global ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off -netdev user,id=up0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=4,uplink=up0 -device virtio-blk-pf,id=pf1,bus=rp1,vfs=4,drive=card0,vf-drives=card1:card2:card3:card4
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vfio.sh
. tools/testing/lab/scenarios/lib/vfio_user.sh

# The slots report what leaves them (native hot-plug), as those of a server do.
pci=/sys/bus/pci/devices
timeout_ms=300

port_of() { basename "$(dirname "$(readlink -f "$pci/$1")")"; }
has_gone() { [ ! -e "$pci/$1" ]; }
took() { echo "# $1 took $((SECONDS - $2)) s"; }

start
check_that "VFs" transitional rp0 2
echo $timeout_ms >/sys/module/virtio_pci/parameters/admin_timeout_ms
port=$(port_of "$pf")

# a hot reset of the slot, by the host and behind everybody's back
open_user a "${vfs[0]}"
do_as a "w 18 1 1"
setpci -s "$port" BRIDGE_CONTROL=40:40
sleep 0.2
setpci -s "$port" BRIDGE_CONTROL=0:40
sleep 1
do_as a "r 18 1"
check_that "the card is reset: an access is an error" [ "$value" -lt 0 ]
check_that "in time" [ "$ms" -lt $((timeout_ms * 20)) ]
check_that "so are the next ones" eval 'do_as a "w 18 1 1" && [ "$value" -lt 0 ]'
check_that "and configuration space answers" eval 'do_as a "c 2 2" && [ "$value" != none ]'
began=$SECONDS
close_user a
took "closing it" $began
began=$SECONDS
check_that "the PF and its VFs are removed" eval 'timeout 150 tee "$pci/$pf/remove" <<<1 >"$tmp/tee"'
took "that" $began
check_that "with the VFs" has_gone "${vfs[0]}"
echo 1 >/sys/bus/pci/rescan
check_that "the PF is found again" wait_for 20 eval '[ "$(driver_of $pf)" = virtio-pci ]'
check_that "VFs again" transitional rp0 2
check_that "they work" works "${vfs[0]}"

if [[ $LAB_KERNEL = *-debug ]]; then
	skip "the card is pulled out while VFs are open" \
		"lockdep finds a circle in 7.3's vfio and pciehp, whatever the driver (Documentation/kernel-bugs.rst)"
	finish
	exit
fi

open_user a "${vfs[0]}" obey
open_user b "${vfs[1]}"
do_as a "w 18 1 1"
began=$SECONDS
check_that "the card is pulled out" card set pf0 unplug true
do_as b "r 18 1"
check_that "an access is an error" [ "$value" -lt 0 ]
check_that "in time" [ "$ms" -lt $((timeout_ms * 20)) ]
check_that "its user dies" dies b 100000
took "its end" $began
answer_of a
check_that "the other was asked for its VF" [ "$value" = asked ]
close_user a
check_that "the slot is empty in time" wait_for 180 has_gone "$pf"
took "all of it" $began
check_that "with the VFs" has_gone "${vfs[1]}"
check_that "nobody is left" rmmod virtio-vfio-pci
finish
