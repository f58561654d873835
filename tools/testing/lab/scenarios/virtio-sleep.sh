#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: virtio-sleep
# about: suspend, and resets of a function under its driver: PF, VF, admin queue come back
# when: full
# limit: 400
# where: vm
# kernel: 6.1
# append: slub_debug=FP
#
# Suspend goes to the last step before the machine would sleep (pm_test): the
# emulator ends where it would start again. The 9p driver cannot sleep, with
# whatever transport: the test goes on from a copy, and unmounts /lab first.
set -eu
if [ "${1:-}" != copy ]; then
	mkdir -p /tmp/copy/tools/testing/lab
	cp -r tools/testing/lab/scenarios /tmp/copy/tools/testing/lab/
	cd /tmp/copy
	exec bash tools/testing/lab/scenarios/virtio-sleep.sh copy
fi
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/virtio.sh

# The lab binds its channels anew after a sleep. Another one meanwhile has virtio_console of
# 7.3 reset the device and then wait for a work item, which waits for the device, for ever.
suspend() {
	echo "$1" >/sys/power/pm_test && echo mem >/sys/power/state &&
		wait_for 60 card get pf0 personality
}

# ten legacy reads from a VF by way of the PF's admin queue
admin_works() {
	exec 5<>"/sys/kernel/debug/admin_exercise/$vf"
	echo 'repeat 10 common_read 18 1' >&5 || return 1
	grep -q 'ok 10 ' <&5 || return 1
	exec 5<&-
}

root_disk_works() { dd if=/dev/vda of=/dev/null bs=64k count=16 iflag=direct status=none; }
card_disk_works() {
	local disk
	disk=$(find "$pci/$blk/" -path '*/block/vd?' -printf '%f\n' -quit)
	head -c 64k /dev/urandom >"$tmp/data"
	dd if="$tmp/data" of="/dev/$disk" bs=64k oflag=direct status=none &&
		dd if="/dev/$disk" of="$tmp/back" bs=64k count=1 iflag=direct status=none &&
		cmp "$tmp/data" "$tmp/back"
}

net_works() {
	local name
	name=$(basename "$pci/$1"/virtio*/net/*)
	wait_for 20 ping -c 1 -W 1 -I "$name" 10.0.2.2
}

all_work() {
	check_that "$1: the root disk" root_disk_works
	check_that "$1: the PF's network" net_works "$pf"
	check_that "$1: the block PF's disk" card_disk_works
	check_that "$1: admin commands for a VF" admin_works
}

reset_function() {
	echo flr >"$pci/$1/reset_method"
	echo 1 >"$pci/$1/reset"
}

# network_up: the PF's interface, which is another one after a reset
network_up() {
	wait_for 20 compgen -G "$pci/$pf/virtio*/net/*" >"$tmp/net" || return 1
	udevadm settle --timeout=30
	name=$(basename "$pci/$pf"/virtio*/net/*)
	ip address add 10.0.2.15/24 dev "$name"
	ip link set "$name" up
}

# read_counters: as fast as can be, to its end. What is freed reads as 0x6b6b6b... here
read_counters() {
	local file value
	while [ -e "$tmp/reading" ]; do
		for file in "$pci/$pf"/virtio*/net/*/statistics/*; do
			{ read -r value <"$file"; } 2>>"$tmp/read.err" || continue
			echo >>"$tmp/reads"
			[ "${#value}" -lt 15 ] || echo "$file $value"
		done
	done
}

# regression: virtio_net's way to sleep frees queues whose counters processes read
counters_read_during_resets() {
	local reader
	touch "$tmp/reading" "$tmp/reads"
	read_counters >"$tmp/strange" &
	reader=$!
	for _ in 1 2 3 4 5; do
		sleep 0.3
		reset_function "$pf"
	done
	rm "$tmp/reading"
	wait $reader
	sed 's/^/# /' "$tmp/strange" | head -n 5
	echo "# $(wc -l <"$tmp/reads") counters read"
	[ ! -s "$tmp/strange" ] && [ "$(wc -l <"$tmp/reads")" -gt 100 ]
}

# its driver has it, and said all from ACKNOWLEDGE to FEATURES_OK
in_use() {
	local status
	status=$(cat "$pci/$1"/virtio*/status)
	[ $((status & 15)) = 15 ] || { echo "# status $status"; return 1; }
}

mount_again() {
	local driver=/sys/bus/virtio/drivers/9pnet_virtio device
	for device in "$driver"/virtio*; do
		echo "${device##*/}" >"$driver/unbind"
		echo "${device##*/}" >"$driver/bind"
	done
	mount -t 9p -o trans=virtio,version=9p2000.L,ro lab /lab && ls /lab/Makefile >"$tmp/ls"
}

plan 29
pf=$(pf_of rp0) blk=$(pf_of rp1)
set_vfs "$pf" 2
udevadm settle --timeout=30
vf=$(vfs_of "$pf" | head -n 1) other=$(vfs_of "$pf" | tail -n 1)
modprobe admin_exercise
give_to admin_exercise "$vf"
network_up
umount /lab /lab-out

all_work "before"
for level in devices core; do
	check_that "suspend to the step '$level'" suspend $level
	all_work "after '$level'"
done

check_that "a reset of a VF's function" reset_function "$other"
check_that "the VF is in use again" in_use "$other"
check_that "a reset of the PF's function" reset_function "$pf"
check_that "its network is there again" network_up
check_that "and in use" in_use "$pf"
all_work "after the PF's reset"
# which switched the VFs off and on
check_that "another reset of the VF's function" reset_function "$other"
check_that "the VF is in use again" in_use "$other"
check_that "counters are read while the PF is reset" counters_read_during_resets
check_that "a reset of the block PF's function" reset_function "$blk"
check_that "the block PF's disk" card_disk_works

# 9p by hand: its driver is unbound and bound again
check_that "9p can be mounted again" mount_again
