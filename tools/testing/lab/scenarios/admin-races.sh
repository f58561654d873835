#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: admin-races
# about: unbind, VFs off, unplug and suspend while four VFs' commands are under way, tolerant and strict by turns
# when: full
# limit: 500
# where: vm
# passes: ADMIN_RACES ADMIN_RACE
# kernel: 6.1
# device: -netdev user,id=up0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=4,uplink=up0
#
# ADMIN_RACE names some of the races: upper owner vfs unplug suspend. The full count, 200
# times each, is the scenario admin-races-200.
set -eu
# Linux's 9p has no suspend: what is on the file share cannot be read afterwards
copy=/run/admin-races
if [ "$PWD" != $copy ]; then
	cp -r tools/testing/lab/scenarios $copy
	cd $copy
	exec bash ./admin-races.sh
fi
# shellcheck source=tools/testing/lab/scenarios/lib/ktap.sh
. lib/ktap.sh
# shellcheck source=tools/testing/lab/scenarios/lib/card.sh
. lib/card.sh
# shellcheck source=tools/testing/lab/scenarios/lib/admin.sh
. lib/admin.sh

rounds=${ADMIN_RACES:-4}
read -ra races <<<"${ADMIN_RACE:-upper owner vfs unplug suspend}"
timeout_ms=1000
personalities=(tolerant strict)
latencies=(0 300)
# what a command may end with: reset under way (-EIO), no driver or no device (-ENODEV)
allowed=" -5 -19 "
calls_before='common_read 18 1
common_write 14 2 0
device_read 0 1
notify_list'

# The VM itself may stand still, on a busy machine for seconds: how long, in us,
# is written to the file worst
watch_stalls() {
	local last now worst=0 never
	mkfifo "$tmp/never"
	exec {never}<>"$tmp/never"
	last=${EPOCHREALTIME/./}
	while :; do
		read -rt 0.05 -u "$never" || :
		now=${EPOCHREALTIME/./}
		[ $((now - last)) -le $worst ] || {
			worst=$((now - last))
			echo $worst >"$tmp/worst"
		}
		last=$now
	done
}

# one thread for each VF, each with another command
start() {
	local i=0 line
	while read -r line; do
		call "${vfs[i]}" threads 1 "$line"
		i=$((i + 1))
	done <<<"$calls_before"
	# now early in a command, now late, now among many
	sleep "0.0$((RANDOM % 9 + 1))"
}

# judge: the errors and times in came[] are such as there may be
judge() {
	local line words
	for line in "${came[@]}"; do
		read -ra words <<<"$line"
		case ${words[0]} in
		calls)
			commands=$((commands + words[1]))
			slowest=$((words[5] > slowest ? words[5] : slowest))
			;;
		error)
			failed=$((failed + words[2]))
			[[ $allowed = *" ${words[1]} "* ]] || { echo "# ${came[*]}"; return 1; }
			;;
		esac
	done
}

stop() {
	local vf status=0
	for vf in "${vfs[@]}"; do
		call "$vf" stop
		judge || status=1
	done
	return $status
}

all_vfs_well() {
	local vf
	for vf in "${vfs[@]}"; do
		gives 0 "$vf" common_read 18 1 || return 1
	done
}

nothing_held() {
	[ "$(counter "$pf" stats queue_slots_held)" = 0 ]
}

race_upper() { reset_pf "$pf" virtio_net && stop; }

# the card is told on a port that does not hear it yet when the kernel has woken
race_suspend() {
	echo freeze >/sys/power/state && stop && wait_for 20 card get pf0 personality
}

# the VFs go, and their threads with them
race_vfs() { set_vfs "$pf" 0 && admin_vfs "$pf" 4; }

race_owner() {
	echo "$pf" >/sys/bus/pci/drivers/virtio-pci/unbind
	echo "$pf" >/sys/bus/pci/drivers/virtio-pci/bind
	admin_vfs "$pf" 4
}

# a kernel without hotplug finds it when it is told to look
pf_is_there() {
	pf=$(pf_of rp0) || { echo 1 >/sys/bus/pci/rescan; return 1; }
	[ "$(upper_of "$pf")" = virtio_net ]
}
# pulled out with no word to the kernel; an administrator cleans up
race_unplug() {
	card set pf0 unplug true >/dev/null
	sleep "0.0$((RANDOM % 9 + 1))"
	echo 1 >"/sys/bus/pci/devices/$pf/remove"
	card qmp '{"execute": "device_add", "arguments": {"driver": "virtio-net-pf",
		"id": "pf0", "bus": "rp0", "vfs": 4, "uplink": "up0"}}' >"$tmp/qmp" &&
		card set pf0 personality "$personality" >"$tmp/qmp" || {
		sed 's/^/# /' "$tmp/qmp"
		return 1
	}
	wait_for 30 pf_is_there && admin_vfs "$pf" 4
}

# many RACE: rounds times, and afterwards everything works
many() {
	local n worst status=0
	for n in $(seq $rounds); do
		# by turns: what counts from the next reset on, and commands that are mostly
		# with the device, or mostly not
		personality=${personalities[n % 2]}
		{ [ "$1" = unplug ] || card set pf0 personality "$personality" >"$tmp/card"; } &&
			card set pf0 latency-us "${latencies[n / 2 % 2]}" >"$tmp/card" &&
			start && "race_$1" && all_vfs_well && nothing_held || {
			echo "# round $n of $rounds"
			status=1
			break
		}
	done
	mapfile -t came <"$debug/admin_exercise/removed"
	judge || status=1
	worst=$(<"$tmp/worst")
	echo "# $1: $n rounds, $commands commands, $failed failed, the slowest took $slowest us" \
		"(the VM stood still for up to $worst us)"
	[ "$slowest" -lt $(((timeout_ms + 1000) * 1000 + worst)) ] || status=1
	[ "$commands" -gt "$rounds" ] || status=1
	return $status
}

plan ${#races[@]}
pf=$(pf_of rp0)
admin_vfs "$pf" 4
echo $timeout_ms >$parameters/admin_timeout_ms
# four threads at full speed leave nothing for the one that unbinds
echo 100 >/sys/module/admin_exercise/parameters/pace_us
# the devices sleep and wake, the machine stays awake
echo devices >/sys/power/pm_test
[ ! -e /sys/module/suspend/parameters/pm_test_delay ] ||
	echo 0 >/sys/module/suspend/parameters/pm_test_delay
watch_stalls &
watcher=$!
at_end() { kill $watcher; }
for race in "${races[@]}"; do
	if [[ $race = owner && $LAB_KERNEL = *-debug ]]; then
		skip "$race, $rounds times" "7.3 itself warns when any driver's remove() disables VFs"
		continue
	fi
	commands=0 failed=0 slowest=0
	check_that "$race, $rounds times" many "$race"
	all_vfs_well || break
done
