# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# Calls of the owner's admin API for VFs, through the test module
# admin_exercise, and what the owner counts. For scenarios inside the VM.
# Needs lib/ktap.sh and lib/card.sh.

debug=/sys/kernel/debug
parameters=/sys/module/virtio_pci/parameters

# admin_vfs PF N: N VFs, all given to admin_exercise; their addresses in vfs
admin_vfs() {
	local vf
	modprobe admin_exercise
	echo 0 >"/sys/bus/pci/devices/$1/sriov_drivers_autoprobe"
	set_vfs "$1" "$2"
	udevadm settle --timeout=30
	mapfile -t vfs < <(vfs_of "$1")
	for vf in "${vfs[@]}"; do
		give_to admin_exercise "$vf" || return 1
	done
	[ "${#vfs[@]}" = "$2" ]
}

# call VF CALL...: what came of it, from admin_exercise: the lines in came[], of
# them calls, ok, max_us, total_us and bytes, and in error the number of the (last) error
# or 0. In bash alone: a process costs more here than a hundred commands.
call() {
	local fd line words
	exec {fd}<>"$debug/admin_exercise/$1"
	shift
	{ echo "$*" >&"$fd"; } 2>/dev/null || :
	mapfile -t -u "$fd" came
	exec {fd}>&-
	calls=0 ok=0 max_us=0 total_us=0 bytes='' error=0
	for line in "${came[@]}"; do
		read -ra words <<<"$line"
		case ${words[0]} in
		calls) calls=${words[1]} ok=${words[3]} max_us=${words[5]} total_us=${words[7]} ;;
		error) error=${words[1]} ;;
		bytes) bytes=${words[*]:1} ;;
		esac
	done
}

# gives ERROR VF CALL...: the call ends with this error (0: none), or a line says what came
gives() {
	local want=$1
	shift
	call "$@"
	[ "$error" = "$want" ] && [ "$calls" -ge 1 ] && return 0
	echo "# $* wanted $want: ${came[*]}"
	return 1
}

# counter PF FILE KEY: a line of the owner's counters
counter() {
	local key value
	while read -r key value; do
		[ "$key" != "$3" ] || echo "$value"
	done <"$debug/virtio_pci/$1/$2"
}

# virtio_of PF: its virtio device's name, virtioN
virtio_of() { basename "$(echo "/sys/bus/pci/devices/$1/virtio"*)"; }

# upper_of PF: the driver of its virtio device, virtio_net or virtio_blk
upper_of() {
	basename "$(readlink "/sys/bus/virtio/devices/$(virtio_of "$1")/driver" 2>/dev/null)"
}

# reset_pf PF DRIVER: its virtio driver goes and comes, which resets it
unbind_upper() { echo "$(virtio_of "$1")" >"/sys/bus/virtio/drivers/$2/unbind"; }
bind_upper() { echo "$(virtio_of "$1")" >"/sys/bus/virtio/drivers/$2/bind"; }
reset_pf() { unbind_upper "$1" "$2" && bind_upper "$1" "$2"; }

# fault ID TEXT: set the card's faults, none for ''
fault() { card faults "$1" "$2" >/dev/null; }

# card_count ID VF OPCODE: how many of these commands the card says it ran
card_count() {
	card stats "$1" | python3 -c '
import json, sys
vf = json.load(sys.stdin)["vfs"][int(sys.argv[1])]
print(vf["commands"].get(sys.argv[2], 0))' "$2" "$3"
}
