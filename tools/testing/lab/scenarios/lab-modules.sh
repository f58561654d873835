#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: lab-modules
# about: modules of LAB_MODULES stand before the stock ones, from the first on
# when: full
# limit: 300
# where: host
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh

lab=tools/testing/lab/lab
stock=$($lab kernel 6.1)/modules/kernel/drivers/virtio
plan 4

# The stock module, marked: which copy was loaded can be seen in /sys.
mkdir "$tmp/good" "$tmp/bad"
cp "$stock/virtio_pci.ko" "$tmp/good/"
objcopy --update-section .modinfo=<(objcopy -O binary --only-section=.modinfo \
	"$stock/virtio_pci.ko" /dev/stdout | sed 's/srcversion=[0-9A-F]*/srcversion=LABTEST/') \
	"$tmp/good/virtio_pci.ko"
check_that "the VM runs on the module of LAB_MODULES" \
	[ "$(LAB_MODULES=$tmp/good timeout 100 $lab run -- cat /sys/module/virtio_pci/srcversion \
		2>"$tmp/log")" = LABTEST ]
check_that "LAB_MODULES=none leaves the stock one" \
	[ "$(LAB_MODULES=none timeout 100 $lab run -- modinfo -F filename virtio_pci 2>"$tmp/log" |
		grep -c /kernel/drivers/virtio/)" = 1 ]

head -c 4000 "$stock/virtio_pci.ko" >"$tmp/bad/virtio_pci.ko"
status=0
LAB_MODULES=$tmp/bad timeout 100 $lab run -- true 2>"$tmp/log" || status=$?
check_that "a module that does not load fails the run" [ $status -eq 125 ]
check_that "and the log says which" grep -q 'virtio_pci.ko' "$tmp/log"
