#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-unsafe-interrupts
# about: a machine that does not remap interrupts: no process gets a vDPA device behind its IOMMU unasked
# limit: 300
# when: named
# where: host
# kernel: 6.1
set -eu
if [ ! -d /lab-out ]; then
	export LAB_DEVICE="-device edu,dma_mask=0xffffffffffffffff" LAB_APPEND="intremap=off"
	exec tools/testing/lab/lab run -k "${CHECK_KERNEL:-6.1}" -t 200 -- bash "$0"
fi
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/vdpa.sh

parameter=/sys/module/vhost_vdpa/parameters/allow_unsafe_interrupts
has_node() { compgen -G "/sys/bus/vdpa/devices/unsafe/vhost-vdpa-*" >"$tmp/nodes"; }

plan 5
vdpa_load vhost_vdpa vdpa_exercise
lspci -Dn -d 1234:11e8 | cut -d ' ' -f 1 >/sys/module/vdpa_exercise/parameters/platform
check_that "a device behind the platform's IOMMU" vdpa dev add name unsafe mgmtdev vdpaexercise
check_that "vhost_vdpa has it" wait_for 10 has_node
node=/dev/$(basename "$(cat "$tmp/nodes")")
udevadm settle --timeout=30
dmesg -C
check_that "nobody can open it" fails "not permitted" dd if="$node" count=0
check_that "the log says by which parameter one could" eval 'dmesg | grep allow_unsafe_interrupts'
echo Y >"$parameter"
check_that "with it one can" dd if="$node" of="$tmp/dd" count=0 status=none
rmmod vdpa_exercise vhost_vdpa vdpa
finish
