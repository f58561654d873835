#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: admin-faults
# about: each fault of the card against each command: bounded, other VFs go on, a reset mends
# limit: 500
# where: vm
# kernel: 6.1
# device: -global ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off -netdev user,id=up0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=8,uplink=up0
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/admin.sh
. tools/testing/lab/scenarios/lib/admin_faults.sh

plan $((faults_results + 2))
faults_on '' rp0 pf0 virtio_net 8

# --- the card leaves the slot, commands under way ---
fault pf0 vf2:mute
call "$a" threads 2 common_read 18 1
call "$b" threads 2 common_read 18 1
card set pf0 unplug true >/dev/null
# a kernel without hotplug has to be told
compgen -G "/sys/bus/pci/slots/*" >"$tmp/slots" || echo 1 >"/sys/bus/pci/devices/$pf/remove"
check_that "unplugged with commands under way: all its functions go" \
	wait_for 20 [ ! -e "/sys/bus/pci/devices/$pf" ]
check_that "and their files" \
	[ -z "$(find "$debug/virtio_pci" "$debug/admin_exercise" -name "${pf%:*}*" 2>/dev/null)" ]
