#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: virtio-in-use
# about: a reset of a function whose driver's removal would wait for its users: it ends, and the driver can be bound again
# limit: 120
# where: vm
# kernel: 6.1
# device: -fsdev local,id=used,path=/usr/share/seabios,security_model=none,readonly=on,multidevs=remap -device virtio-9p-pci,fsdev=used,mount_tag=used,bus=rp0
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/virtio.sh

mount_it() { mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=none used "$tmp/used" && ls "$tmp/used" >"$tmp/ls" && [ -s "$tmp/ls" ]; }
reset_it() {
	echo flr >"$pci/$at/reset_method"
	timeout -s KILL 20 bash -c "echo 1 >$pci/$at/reset"
}
said() { dmesg | grep -q "$1"; }
# of another process: one that cannot be killed would keep us
fails() { ! timeout -s KILL 20 ls "$tmp/used" >"$tmp/ls" 2>&1; }
bound_anew() {
	local device
	device=$(basename "$pci/$at"/virtio*)
	echo "$device" >/sys/bus/virtio/drivers/9pnet_virtio/unbind
	echo "$device" >/sys/bus/virtio/drivers/9pnet_virtio/bind
}

plan 6
at=0000:01:00.0	# the first function behind rp0
mkdir "$tmp/used"
check_that "a file system is mounted" mount_it
check_that "a reset of its function ends" reset_it
check_that "and says what its driver needs" said "its driver can neither handle the reset nor be removed: rebind it"
check_that "who reads gets an error" fails
check_that "unmounted, its driver is bound again" eval 'umount -l "$tmp/used" && bound_anew'
check_that "the file system is back" mount_it
umount "$tmp/used"
