#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: admin-rings
# about: the admin queue as split and packed ring, with and without each feature that bears on it
# when: full
# limit: 500
# where: vm
# kernel: 6.1
# device: -device pcie-root-port,id=rp3,bus=pcie.0,chassis=4,slot=4 -device pcie-root-port,id=rp4,bus=pcie.0,chassis=5,slot=5 -device pcie-root-port,id=rp5,bus=pcie.0,chassis=6,slot=6 -device pcie-root-port,id=rp6,bus=pcie.0,chassis=7,slot=7 -device virtio-net-pf,id=pf0,bus=rp0,vfs=4,packed=on -device virtio-net-pf,id=pf1,bus=rp1,vfs=4,event_idx=off -device virtio-net-pf,id=pf2,bus=rp2,vfs=4,packed=on,event_idx=off -device virtio-net-pf,id=pf3,bus=rp3,vfs=4,indirect_desc=off -device virtio-net-pf,id=pf4,bus=rp4,vfs=4,vectors=1 -device virtio-net-pf,id=pf5,bus=rp5,vfs=4,iommu_platform=off -device virtio-net-pf,id=pf6,bus=rp6,vfs=4,iommu_platform=off,packed=on
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/admin.sh

wrong() { echo "# $name: $*"; return 1; }

# every VF's threads gave nothing but answers, at least so many
all_answered() {
	local vf status=0
	for vf in "${vfs[@]}"; do
		call "$vf" stop
		[ "$calls" = "$ok" ] && [ "$calls" -gt "$1" ] || { wrong "${came[*]}" || status=1; }
	done
	return $status
}

format_is() { [ "$(counter "$pf" stats format)" = "$1" ]; }

# more commands than an index of 16 bits counts, from four VFs at once
index_wraps() {
	local vf
	for vf in "${vfs[@]}"; do
		call "$vf" threads 2 common_write 14 2 0
	done
	wait_for 60 eval "[ \$(counter $pf stats submitted) -ge 70000 ]" || wrong "too slow" || :
	all_answered 100 && [ "$(counter "$pf" stats submitted)" -ge 70000 ]
}

# answers_with FAULTS: sleepers, whose answers come late and in another order
answers_with() {
	local vf held most=0 status=0
	fault "$card" "$1"
	for vf in "${vfs[@]}"; do
		call "$vf" threads 4 device_read 0 1
	done
	for _ in 1 2 3 4 5 6 7 8; do
		sleep 0.1
		held=$(counter "$pf" stats queue_slots_held)
		most=$((held > most ? held : most))
	done
	fault "$card" ''
	all_answered 20 || status=1
	# by the card's account 5 to 9 ms; were they all found late, it would show
	[ "${came[0]##* }" -lt $((calls * 60000)) ] || wrong "${came[*]}" || status=1
	[ "$most" -gt 4 ] || wrong "only $most commands at once" || status=1
	return $status
}

late_answer() {
	local status=0
	fault "$card" vf1:mute
	gives -110 "${vfs[1]}" common_read 18 1 || status=1
	fault "$card" ''
	sleep 0.1
	gives 0 "${vfs[1]}" common_read 18 1 && [ "$(counter "$pf" stats late)" = 1 ] && return $status
}

# a reset with a time-out about, and lists that are longer than a slot
reset_mends() {
	local vf
	fault "$card" 'vf1:mute;pf:long-list'
	gives -110 "${vfs[1]}" notify_list || return 1
	reset_pf "$pf" virtio_net
	fault "$card" ''
	for vf in "${vfs[@]}"; do
		gives 0 "$vf" repeat 50 common_read 18 1 || return 1
	done
	[ "$(counter "$pf" stats group_sriov)" = negotiated ] &&
		[ "$(counter "$pf" stats queue_slots_held)" = 0 ]
}

# rows: root port, card, name, ring format; the properties are above
kinds='rp0,pf0,packed,packed
rp1,pf1,no event index,split
rp2,pf2,packed without event index,packed
rp3,pf3,no indirect tables,split
rp4,pf4,one vector for all,split
rp5,pf5,physical addresses,split
rp6,pf6,packed with physical addresses,packed'

plan $((7 * $(wc -l <<<"$kinds")))
while IFS=, read -r port card name format; do
	pf=$(pf_of "$port")
	check_that "$name: VFs with legacy access" admin_vfs "$pf" 4
	check_that "$name: the ring is $format" format_is "$format"
	echo 500 >$parameters/admin_timeout_ms
	check_that "$name: more commands than an index counts" index_wraps
	check_that "$name: many at once, answers late" answers_with all:late-ms=5
	check_that "$name: many at once, answers in another order" \
		answers_with "all:late-ms=5;all:reorder"
	check_that "$name: an answer after its time-out" late_answer
	check_that "$name: a reset, and a long list" reset_mends
	grep -E '^(format|slots|submitted|kicks|interrupts|waited) ' "$debug/virtio_pci/$pf/stats" |
		paste -sd ' ' | sed "s/^/# $name: /"
	echo 5000 >$parameters/admin_timeout_ms
done <<<"$kinds"
