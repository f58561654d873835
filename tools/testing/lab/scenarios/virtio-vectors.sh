#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: virtio-vectors
# about: PFs with fewer and fewer interrupt vectors, VFs with one: who shares, all work
# when: full
# limit: 300
# where: vm
# kernel: 6.1
# device: -global virtio-net-vf.vectors=1 -netdev user,id=u0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=2,uplink=u0,vectors=3 -netdev user,id=u1 -device virtio-net-pf,id=pf1,bus=rp1,vfs=2,uplink=u1,vectors=2 -netdev user,id=u2 -device virtio-net-pf,id=pf2,bus=rp2,vfs=2,uplink=u2,vectors=1 -netdev user,id=u3 -device virtio-net-pci,netdev=u3,romfile=,addr=0x10,vectors=4 -device virtio-blk-pci,drive=card0,addr=0x12,num-queues=2
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/virtio.sh

# The names of a function's interrupts, without the device's own
lines_of() {
	local virtio
	virtio=$(virtio_of "$1")
	sed -nE "s/.*[ ,]$virtio(-([a-z.0-9]+))?$/\2/p" /proc/interrupts | sed 's/^$/all/' | paste -sd ' '
}

lines_are() {
	local found
	found=$(lines_of "$1")
	[ "$found" = "$2" ] || { echo "# $1: interrupts: $found"; return 1; }
}

admin_works() {
	local status
	exec 5<>"/sys/kernel/debug/admin_exercise/$1"
	echo 'repeat 200 common_read 18 1' >&5 || return 1
	status=$(cat <&5)
	exec 5<&-
	grep -q 'ok 200 ' <<<"$status"
}

# a wish for all of them at once: spread over the queues' vectors, the configuration's left
# out. Which of them begins is the kernel's choice, and the block layer has to know.
spread_is() {
	local found blocks
	found="$(asked "$1" affinity 0) $(asked "$1" affinity 1)"
	[ "$(xargs -n 1 <<<"$found" | sort | xargs)" = "$2" ] || { echo "# spread: $found"; return 1; }
	blocks=$(cat "$pci/$1"/virtio*/block/*/mq/*/cpu_list | paste -sd ' ')
	[ "$blocks" = "$found" ] || { echo "# block queues: $blocks, spread: $found"; return 1; }
}

plan 17
modprobe admin_exercise
modprobe transport_exercise
# a plain device, with one more than it needs
check_that "enough vectors: one each" lines_are 0000:00:10.0 "config input.0 output.0"
check_that "and it works" use_net 0000:00:10.0
check_that "affinity that a driver asks for at once" spread_is 0000:00:12.0 "0 1"

# rows: root port, what of it, the interrupts
while IFS='|' read -r port what lines; do
	pf=$(pf_of "$port")
	check_that "$what" lines_are "$pf" "$lines"
	check_that "$what: the network" use_net "$pf"
	set_vfs "$pf" 2
	udevadm settle --timeout=30
	vf=$(vfs_of "$pf" | head -n 1) other=$(vfs_of "$pf" | tail -n 1)
	give_to admin_exercise "$vf" || echo "# $vf has no driver"
	check_that "$what: the admin queue" admin_works "$vf"
	check_that "$what: a VF with one vector" lines_are "$other" "config"
	[ "$port" != rp0 ] || check_that "which works" use_net "$other"
done <<'END'
rp0|three: the admin queue with the configuration|config input.0 output.0
rp1|two: all queues together|config virtqueues
rp2|one: the PF goes by INTx|all
END
check_that "VFs have no INTx to fall back to" [ "$(cat "$pci/$other/irq")" = 0 ]
