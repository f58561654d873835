#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: admin-many
# about: a full bus of 255 VFs on an admin queue of 1024 entries: shares, all at once, one mute, memory
# limit: 240
# when: named
# where: vm
# kernel: 6.1
# append: slub_debug=U
# device: -device virtio-net-pf,id=pf0,bus=rp0,vfs=255
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/admin.sh

many=255

# as admin_vfs does, without a process for each VF
all_vfs() {
	local vf
	modprobe admin_exercise
	echo 0 >"/sys/bus/pci/devices/$pf/sriov_drivers_autoprobe"
	set_vfs "$pf" $many
	mapfile -t vfs < <(vfs_of "$pf")
	for vf in "${vfs[@]}"; do
		echo admin_exercise >"/sys/bus/pci/devices/$vf/driver_override"
		echo "$vf" >/sys/bus/pci/drivers_probe
	done
	[ "$(find /sys/bus/pci/drivers/admin_exercise/ -type l -name '*:*' | wc -l)" = $many ]
}

each_has() {
	local vf
	for vf in "${vfs[@]}"; do
		gives 0 "$vf" has || return 1
	done
}

shares_are() {
	echo "# slots $(counter "$pf" stats slots), for each $(counter "$pf" stats slots_per_member)"
	[ "$(counter "$pf" stats slots)" = 512 ] && [ "$(counter "$pf" stats slots_per_member)" = 1 ]
}

# all_go_on [VF]: one thread for each VF, answers come late; each gets its own, but VF
all_go_on() {
	local vf held most=0 least='' status=0
	for vf in "${vfs[@]}"; do
		[ "$vf" = "${1:-}" ] || call "$vf" threads 1 common_read 18 1
	done
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		sleep 0.2
		held=$(counter "$pf" stats queue_slots_held)
		most=$((held > most ? held : most))
	done
	for vf in "${vfs[@]}"; do
		[ "$vf" != "${1:-}" ] || continue
		call "$vf" stop
		[ "$calls" = "$ok" ] || { echo "# $vf: ${came[*]}"; status=1; }
		[ -n "$least" ] && [ "$least" -le "$calls" ] || least=$calls
	done
	echo "# at most $most commands at once, at least $least for a VF"
	[ "$most" -gt $((many * 3 / 4)) ] && [ "$least" -ge 10 ] || status=1
	return $status
}

# allocated: bytes that virtio_pci's code has allocated and not freed, as the kernel
# keeps the books of each allocation (slub_debug=U)
allocated() {
	local cache size
	for cache in /sys/kernel/debug/slab/*/alloc_traces; do
		size=$(cat "/sys/kernel/slab/$(basename "$(dirname "$cache")")/object_size")
		awk -v size="$size" '/^ *[0-9]+ .*\[virtio_pci\]/ { n += $1 } END { print n * size }' "$cache"
	done | awk '{ n += $1 } END { print n }'
}

# what the driver says it has for a VF and for the queue, and what the kernel says was
# allocated for the VFs' sake: see Documentation/admin-queue.rst
memory_is() {
	local queue member grown
	queue=$(counter "$pf" stats bytes_queue) member=$(counter "$pf" stats bytes_member)
	grown=$((($2 - $1) / many))
	echo "# the queue $queue bytes, a VF $member bytes; the kernel gave $grown bytes for each VF"
	[ "$queue" -gt $((512 * 256)) ] && [ "$queue" -le $((256 * 1024)) ] &&
		[ "$member" -gt 128 ] && [ "$member" -le 512 ] &&
		[ "$grown" -ge "$member" ] && [ "$grown" -le 640 ]
}

nothing_held() { [ "$(counter "$pf" stats queue_slots_held)" = 0 ]; }
all_off() {
	local start=$SECONDS
	set_vfs "$pf" 0
	echo "# $((SECONDS - start)) s"
	[ $((SECONDS - start)) -lt 60 ] && nothing_held
}

plan 8
pf=$(pf_of rp0)
before=$(allocated)
check_that "$many VFs" all_vfs
check_that "every VF has its share of 512 slots" shares_are
check_that "every VF has legacy access" each_has
after=$(allocated)
fault pf0 all:late-ms=20
check_that "all at once, each is answered" all_go_on
fault pf0 "all:late-ms=20;vf7:mute"
call "${vfs[7]}" threads 4 notify_list
check_that "one is mute, all others are answered" all_go_on "${vfs[7]}"
fault pf0 ''
call "${vfs[7]}" stop
check_that "nothing is held then" wait_for 5 nothing_held
check_that "memory" memory_is "$before" "$after"
check_that "all VFs go" all_off
