#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: guest-boot
# about: a nested guest boots, legacy or modern, on QEMU's own virtio-net
# when: full
# limit: 900
# where: vm
# kernel: 6.1
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh

boot_limit=30

plan 7
check_that "a legacy guest runs" guest legacy --legacy "${emulated[@]}" -- \
	pci virtio net=eth0,dhcp ping=10.0.2.2
took=$(field legacy boot ms | head -n 1)
if [ "${took:-0}" -gt $((boot_limit * 1000)) ] && [ "${LAB_LOAD:-0}" -gt 2 ]; then
	skip "its init was there within $boot_limit s" "took $took ms on a busy machine (load $LAB_LOAD)"
else
	check_that "its init was there within $boot_limit s: $took ms" \
		[ "${took:-999999}" -le $((boot_limit * 1000)) ]
fi
check_that "its device is transitional, with I/O ports" \
	[ -n "$(field legacy pci io '"id":"1af4:1000"')" ]
check_that "its driver took the legacy way: the ports are virtio-pci-legacy's" \
	[ "$(field legacy virtio ports_owner)" = virtio-pci-legacy ]
check_that "and no feature bit from 32 on is set" [ "$(field legacy virtio features_from_32)" = 0 ]
check_that "a modern guest runs from the same image" guest modern --modern "${emulated[@]}" -- \
	virtio net=eth0,dhcp ping=10.0.2.2
check_that "its driver took the modern way" [ "$(field modern virtio way)" = modern ]
