#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: admin-parts
# about: capabilities, resource objects, device parts and modes by the owner's API; faults; registers meanwhile
# when: full
# limit: 500
# where: vm
# kernel: 6.1
# device: -netdev user,id=up0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=8,uplink=up0 -device virtio-blk-pf,id=pf1,bus=rp1,vfs=4,drive=card0,vf-drives=card1:card2:card3:card4,object-limit=1 -device virtio-net-pf,id=pf2,bus=rp2,vfs=2,migration=off
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/admin.sh

timeout_ms=400
# a machine with much else to do stands still for a second now and then
bound_us=$(((timeout_ms * 10 + 1000) * 1000))

# number VF CALL...: what the call gave, in the variable number
number() {
	gives 0 "$@" || return 1
	read -ra words <<<"$bytes"
	number=$((0x${words[3]}${words[2]}${words[1]}${words[0]}))
}

# The device must not see what the driver can judge: nothing is counted there
refused_here() {
	local submitted
	submitted=$(counter "$pf" stats submitted)
	gives "$@" || return 1
	[ "$(counter "$pf" stats submitted)" = "$submitted" ] || { echo "# the device saw it"; return 1; }
}

all_have_parts() {
	local vf
	for vf in "${vfs[@]}"; do
		gives 0 "$vf" has_parts || return 1
	done
}

self_uses() {
	[ "$(awk '/^group_self_uses/ { printf "%s ", $2 }' "$debug/virtio_pci/$pf/stats")" = \
		"list_query list_use cap_id_list_query device_cap_get driver_cap_set " ]
}

# Read, the same in one piece and in seven, set while stopped, read again
parts_of() {
	local vf=$1 get set crc room
	number "$vf" obj_create 0 || return 1
	get=$number
	number "$vf" obj_create 1 || return 1
	set=$number
	number "$vf" parts_size "$get" || return 1
	room=$number
	number "$vf" parts_count "$get" || return 1
	echo "# $number parts, $room bytes at most, objects $get and $set"
	[ "$number" -ge 8 ] && [ "$room" -ge $((number * 17)) ] || return 1
	number "$vf" parts_get "$get" 1 "$room" || return 1
	crc=$number
	number "$vf" parts_get "$get" 7 "$room" && [ "$number" = "$crc" ] || return 1
	gives -16 "$vf" parts_set "$set" 1 || return 1
	gives 0 "$vf" mode 1 || return 1
	gives 0 "$vf" parts_set "$set" 1 && gives 0 "$vf" parts_set "$set" 5 || return 1
	number "$vf" parts_get "$get" 7 "$room" && [ "$number" = "$crc" ] || return 1
	gives 0 "$vf" mode 0 || return 1
	# each kind for its own
	gives -22 "$vf" parts_size "$set" && gives -22 "$vf" parts_get "$set" 1 "$room" || return 1
	gives -12 "$vf" parts_get "$get" 1 16 || return 1
	gives 0 "$vf" obj_destroy "$get" && gives 0 "$vf" obj_destroy "$set"
}

# large VF SIZE: so many bytes of room for parts, and so many of data; 16 bits do not hold them
large() {
	local vf=$1 size=$2 get set crc status=0
	number "$vf" obj_create 0 || return 1
	get=$number
	number "$vf" obj_create 1 || return 1
	set=$number
	gives 0 "$vf" mode 1
	number "$vf" parts_get "$get" 1 4096 || return 1
	crc=$number
	number "$vf" parts_get "$get" 3 "$size" && [ "$number" = "$crc" ] || status=1
	gives 0 "$vf" parts_pad "$size" && gives 0 "$vf" parts_set "$set" 3 || status=1
	number "$vf" parts_get "$get" 1 "$size" && [ "$number" = "$crc" ] || status=1
	gives 0 "$vf" mode 0 || status=1
	gives 0 "$vf" obj_destroy "$get" && gives 0 "$vf" obj_destroy "$set" && return $status
}

# what is not the caller's, or no argument, is judged here
judged_here() {
	local vf=$1 other=$2
	number "$vf" obj_create 0 || return 1
	refused_here -6 "$other" obj_destroy "$number" &&
		refused_here -6 "$other" parts_size "$number" &&
		refused_here -6 "$other" parts_get "$number" 1 64 &&
		refused_here -22 "$vf" obj_create 2 &&
		refused_here -22 "$vf" mode 2 &&
		gives 0 "$vf" obj_destroy "$number" &&
		refused_here -6 "$vf" obj_destroy "$number" &&
		refused_here -6 "$vf" parts_size 254 && refused_here -6 "$vf" parts_size 255
}

four_each() {
	local vf=$1 i
	for i in 1 2 3 4; do
		gives 0 "$vf" obj_create $((i % 2)) || return 1
	done
	refused_here -28 "$vf" obj_create 0 && gives 0 "$2" obj_create 0
}

gone_with_reset() {
	reset_pf "$pf" virtio_net
	refused_here -6 "$a" parts_size 0 || return 1
	number "$a" obj_create 0 && [ "$number" = 0 ] && gives 0 "$a" parts_size 0
}

gone_with_vfs() {
	set_vfs "$pf" 0
	admin_vfs "$pf" 8 || return 1
	refused_here -6 "$a" parts_size 0 || return 1
	number "$a" obj_create 0 && [ "$number" = 0 ] && gives 0 "$a" obj_destroy 0
}

# A reset of the VF alone leaves its objects, and they are usable
kept_over_flr() {
	gives 0 "$a" obj_create 0 || return 1
	echo flr >"/sys/bus/pci/devices/$a/reset_method"
	echo 1 >"/sys/bus/pci/devices/$a/reset"
	gives 0 "$a" parts_size 0 && gives 0 "$a" obj_destroy 0
}

# lost OPCODE CALL...: it times out, as often as there may be objects, and nothing is used up
lost() {
	local i only=$1
	shift
	for i in 1 2 3 4 5 6; do
		[ "$1" != obj_destroy ] || number "$a" obj_create 0 || return 1
		fault pf0 "vf2:mute;vf2:only=$only"
		call "$a" "$@" ${number:+$([ "$1" != obj_destroy ] || echo "$number")}
		[ "$error" = -110 ] && [ "$max_us" -lt "$bound_us" ] || { echo "# ${came[*]}"; return 1; }
		fault pf0 ''
		# executed late, and destroyed before the next one is created
		number "$a" obj_create 0 && gives 0 "$a" obj_destroy "$number" || return 1
	done
}

commands=("obj_create 0" "parts_size 0" "parts_get 0 1 4096" "mode 0")

# each_gives ERROR...: the calls above in their order, of a VF that has object 0
each_gives() {
	local i=0 want
	for want in "$@"; do
		gives "$want" "$a" ${commands[i]} || return 1
		[ "$max_us" -lt "$bound_us" ] || { echo "# ${commands[i]} took $max_us us"; return 1; }
		[ "$i$error" != 00 ] || clear_objects || return 1
		i=$((i + 1))
	done
}

# all but object 0
clear_objects() {
	local id
	for id in 1 2 3; do
		call "$a" obj_destroy $id
	done
}

# registers VF: 20000 reads beside a thread that reads parts all the time
registers() {
	local vf=$1 status=0
	gives 0 "$vf" repeat 20000 common_read 18 1
	echo "# quiet: ${came[1]} max_us $max_us"
	call "$vf" threads 1 parts_cycle
	gives 0 "$vf" repeat 20000 common_read 18 1 || status=1
	echo "# beside parts: ${came[1]} max_us $max_us"
	[ "$max_us" -lt "$bound_us" ] || status=1
	call "$vf" stop
	echo "# parts: ${came[0]}"
	[ "$calls" = "$ok" ] && [ "$calls" -gt 10 ] || status=1
	return $status
}

# the device keeps the parts: the VF's registers answer all the same
registers_beside_mute() {
	local status=0 mute_ms=$((timeout_ms * 20))
	echo $mute_ms >$parameters/admin_timeout_ms
	gives 0 "$a" obj_create 0
	fault pf0 'vf2:mute;vf2:only=15'
	call "$a" threads 4 parts_cycle
	gives 0 "$a" repeat 300 common_read 18 1 || status=1
	[ "$max_us" -lt $((mute_ms * 900)) ] || { echo "# ${came[*]}"; status=1; }
	call "$a" stop
	[ "$max_us" -lt $((bound_us + 5 * mute_ms * 1000)) ] || { echo "# ${came[*]}"; status=1; }
	echo $timeout_ms >$parameters/admin_timeout_ms
	fault pf0 ''
	sleep 0.3
	clear_objects
	gives 0 "$a" obj_destroy 0 || status=1
	return $status
}

# A PF that does not answer costs each command's time-out once, not each VF's
asked_once() {
	local vf submitted
	fault pf0 'pf:mute;pf:only=7'
	reset_pf "$pf" virtio_net
	gives -95 "$a" has_parts && [ "$max_us" -lt "$bound_us" ] || return 1
	submitted=$(counter "$pf" stats submitted)
	for vf in "${vfs[@]}"; do
		gives -95 "$vf" has_parts || return 1
	done
	[ "$(counter "$pf" stats submitted)" = "$submitted" ] || return 1
	gives 0 "$a" common_read 18 1 || return 1
	fault pf0 ''
	reset_pf "$pf" virtio_net
	all_have_parts
}

plan $((2 * 3 + 3 + 5 + 2 + 6 + 3 + 3))

for personality in tolerant strict; do
	card set pf0 personality $personality >"$tmp/set"
	pf=$(pf_of rp0)
	set_vfs "$pf" 0
	reset_pf "$pf" virtio_net
	admin_vfs "$pf" 8
	check_that "$personality: every VF has device parts" all_have_parts
	check_that "$personality: of the PF's own commands those for capabilities are in use" self_uses
	check_that "$personality: parts are read, and set on a stopped VF" parts_of "${vfs[1]}"
done
echo $timeout_ms >$parameters/admin_timeout_ms
a=${vfs[2]} b=${vfs[5]}

for length in 65528 65544 131072; do
	check_that "a result and data of $length bytes" large "$a" $length
done
check_that "what is wrong on sight, or another VF's, the device does not see" judged_here "$a" "$b"
check_that "a VF has four objects, and others have theirs" four_each "$a" "$b"
check_that "a reset of the PF takes them away" gone_with_reset
check_that "VFs that go and come have none" gone_with_vfs
check_that "a reset of the VF leaves them" kept_over_flr

check_that "an object whose creation was not answered is not lost" lost 10 obj_create 0
number=''
check_that "nor one whose destruction was not" lost 13 obj_destroy

gives 0 "$a" obj_create 0
while IFS=, read -r text faults wants; do
	fault pf0 "$faults"
	check_that "$text" each_gives $wants
	fault pf0 ''
done <<'END'
late by 20 ms,vf2:late-ms=20,0 0 0 0
EAGAIN once is tried again,vf2:eagain-once,0 0 0 0
nothing written,vf2:short-used=0,-5 -5 -5 -5
status ENOSPC,vf2:status=28,-28 -28 -28 -28
a reserved status,vf2:status=4095,-22 -22 -22 -22
OK but not run: there is no number of bytes,vf2:status=0,0 -5 0 0
END
clear_objects
call "$a" obj_destroy 0

check_that "registers of a VF answer beside its parts" registers "$a"
check_that "and beside parts that the device keeps" registers_beside_mute
check_that "a PF that does not say which capabilities it has is asked once" asked_once

pf=$(pf_of rp2)
admin_vfs "$pf" 2
check_that "a card without the commands has no device parts" gives -95 "${vfs[0]}" has_parts
pf=$(pf_of rp1)
admin_vfs "$pf" 2
check_that "one object is what this device has room for" gives 0 "${vfs[0]}" obj_create 0
check_that "there is none for another VF" refused_here -28 "${vfs[1]}" obj_create 1
