#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: admin-faults
# about: each fault of the card against each command: bounded, other VFs go on, nothing leaks, a reset mends
# limit: 500
# where: vm
# append: slub_debug=U
# kernel: 6.1
# device: -global ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off -netdev user,id=up0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=8,uplink=up0
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/admin.sh

timeout_ms=400
bound_us=$(((timeout_ms + 1000) * 1000))
commands=("common_read 18 1" "common_write 18 1 1" "device_read 0 1" "device_write 5 1 1" "notify_list")

plan $((26 + 4 + 3 + 5 + 5 + 5 + 4 + 15))

# in_time ERROR VF CALL...: ends with this error, within the time-out plus a second
in_time() {
	gives "$@" || return 1
	[ "$max_us" -lt "$bound_us" ] || { echo "# ${*:2} took $max_us us"; return 1; }
}

# each_gives VF ERROR...: the commands in their order, all in time
each_gives() {
	local i=0 vf=$1 want
	shift
	for want in "$@"; do
		in_time "$want" "$vf" "${commands[i]}" || return 1
		i=$((i + 1))
	done
}

all_vfs_well() {
	local vf
	for vf in "${vfs[@]}"; do
		each_gives "$vf" 0 0 0 0 0 || return 1
	done
}

held() { echo "$(counter "$pf" stats queue_slots_held) $(counter "$pf" stats queue_slots_orphaned)"; }

nothing_held() { [ "$(held)" = "0 0" ]; }

pf=$(pf_of rp0)
admin_vfs "$pf" 8
echo $timeout_ms >$parameters/admin_timeout_ms
a=${vfs[2]} b=${vfs[5]}

# --- what the device may answer: rows of fault, and what each command gives ---
# Meanwhile another VF's commands go on, each as well as ever.
call "$b" threads 1 common_read 18 1
while IFS=, read -r text faults wants; do
	fault pf0 "$faults"
	check_that "$text" each_gives "$a" $wants
	fault pf0 ''
done <<'END'
late by 200 us,vf2:late-us=200,0 0 0 0 0
late by 20 ms,vf2:late-ms=20,0 0 0 0 0
completions in another order,all:reorder,0 0 0 0 0
EAGAIN once is tried again,vf2:eagain-once,0 0 0 0 0
EAGAIN for 200 ms is tried again until it is over,vf2:eagain-ms=200,0 0 0 0 0
nothing written,vf2:short-used=0,-5 -5 -5 -5 -5
one byte written,vf2:short-used=1,-5 -5 -5 -5 -5
no result written: a read has none and a write needs none,vf2:short-used=7,-5 0 -5 0 0
a qualifier that says nothing,vf2:qualifier=0xffff,0 0 0 0 0
status EAGAIN for ever,vf2:status=11,-11 -11 -11 -11 -11
status ENXIO,vf2:status=6,-6 -6 -6 -6 -6
status ENOMEM,vf2:status=12,-12 -12 -12 -12 -12
status EBUSY,vf2:status=16,-16 -16 -16 -16 -16
status EINVAL,vf2:status=22,-22 -22 -22 -22 -22
status ENOSPC,vf2:status=28,-28 -28 -28 -28 -28
a reserved status,vf2:status=1,-22 -22 -22 -22 -22
status 95: not a number of Linux's,vf2:status=95,-22 -22 -22 -22 -22
status 4095,vf2:status=4095,-22 -22 -22 -22 -22
status 4096: beyond error pointers,vf2:status=4096,-22 -22 -22 -22 -22
status 65535,vf2:status=65535,-22 -22 -22 -22 -22
OK but not run: reads are short,vf2:status=0,-5 0 -5 0 0
notify addresses: none,vf2:notify=none,0 0 0 0 0
notify addresses: of a BAR that is none,vf2:notify=bad-bar,0 0 0 0 0
notify addresses: outside the BAR,vf2:notify=outside,0 0 0 0 0
notify addresses: odd,vf2:notify=odd,0 0 0 0 0
END

neighbour_well() {
	call "$b" stop
	echo "# ${came[0]}"
	[ "$calls" = "$ok" ] && [ "$calls" -gt 1000 ] && [ "$max_us" -lt "$bound_us" ]
}
check_that "all that time another VF's commands went on" neighbour_well

# --- what becomes of the addresses ---
# lists FAULT PATTERN
lists() {
	local status=0
	fault pf0 "$1"
	gives 0 "$a" notify_list
	[[ "${came[*]:1}" =~ ^$2$ ]] || { echo "# ${came[*]}"; status=1; }
	fault pf0 ''
	return $status
}
for kind in none bad-bar outside odd; do
	check_that "notify=$kind leaves no address" lists "vf2:notify=$kind" ""
done
check_that "notify=both: the device's order" lists vf2:notify=both \
	"notify flags 2 bar 4 offset [0-9]+ notify flags 1 bar 4 offset [0-9]+"
owner_only() {
	local status=0
	fault pf0 vf2:notify=owner
	gives 0 "$a" notify_info 1 && gives -2 "$a" notify_info 2 || status=1
	fault pf0 ''
	return $status
}
check_that "notify=owner: found as the owner's" owner_only
check_that "EAGAIN was retried, and counted" [ "$(counter "$pf" vf2 retries)" -ge 7 ]

# --- a device that does not answer ---
# mute_costs_one_vf COMMAND: it times out; meanwhile another VF goes on
mute_costs_one_vf() {
	local status=0
	fault pf0 vf2:mute
	call "$a" threads 1 "$1"
	gives 0 "$b" repeat 300 common_read 18 1 || status=1
	# one that waited for the mute one would take as long, each time
	[ "$ok" = 300 ] && [ "$max_us" -lt $((timeout_ms * 1000)) ] &&
		[ "$total_us" -lt $((timeout_ms * 2000)) ] || {
		echo "# the other VF: ${came[*]}"
		status=1
	}
	call "$a" stop
	[ "$error" = -110 ] && [ "$max_us" -lt "$bound_us" ] || {
		echo "# the mute VF: ${came[*]}"
		status=1
	}
	fault pf0 ''
	wait_for 5 nothing_held || { echo "# held: $(held)"; status=1; }
	gives 0 "$a" "$1" || status=1
	return $status
}
for command in "${commands[@]}"; do
	check_that "mute, $command: it times out, others go on, and its late answer is taken" \
		mute_costs_one_vf "$command"
done

# More commands than the share: the share is spent, then errors come at once
share=$(counter "$pf" stats slots_per_member)
share_is_spent() { [ "$(counter "$pf" stats queue_slots_orphaned)" = "$share" ]; }
fault pf0 vf2:mute
call "$a" threads 8 common_read 18 1
wait_for 5 share_is_spent || :
check_that "a mute VF holds its share and no more" \
	share_is_spent
gives -16 "$a" common_read 18 1 || :
check_that "its next command fails at once" [ "$error $((max_us < 100000))" = "-16 1" ]
check_that "others do not notice" gives 0 "$b" repeat 300 common_read 18 1
call "$a" stop
# nobody else looks: the caller itself must find what came late
fault pf0 ''
sleep 0.3
check_that "late answers give the share back" gives 0 "$a" common_read 18 1
check_that "nothing is held then" wait_for 5 nothing_held

# --- a signal ---
more_held() { [ "$(counter "$pf" stats queue_slots_held)" -gt "$1" ]; }
# killed_at_once COMMAND
killed_at_once() {
	local start end pid before
	before=$(counter "$pf" stats queue_slots_held)
	bash -c "echo '$1' >'$debug/admin_exercise/$a'" 2>/dev/null &
	pid=$!
	wait_for 20 more_held "$before" || echo "# no command is under way"
	start=${EPOCHREALTIME/./}
	kill -KILL $pid
	wait $pid 2>/dev/null || :
	end=${EPOCHREALTIME/./}
	[ $((end - start)) -lt 1000000 ] || { echo "# killed after $((end - start)) us"; return 1; }
}
echo 20000 >$parameters/admin_timeout_ms
fault pf0 vf2:mute
for command in "${commands[@]}"; do
	check_that "SIGKILL ends a wait of 20 s: $command" killed_at_once "$command"
done
check_that "... and is counted" [ "$(counter "$pf" vf2 error_killed)" = 5 ]
echo $timeout_ms >$parameters/admin_timeout_ms

# --- the reset that mends ---
check_that "the device still has the killed commands' slots" \
	[ "$(counter "$pf" stats queue_slots_orphaned)" = 5 ]
reset_pf "$pf" virtio_net
check_that "a reset of the PF takes them back" nothing_held
fault pf0 ''
check_that "and every VF works again" all_vfs_well
long_list() {
	fault pf0 pf:long-list
	reset_pf "$pf" virtio_net
	all_vfs_well && [ "$(counter "$pf" stats group_sriov_highest)" = 130 ]
}
check_that "a list of more than 64 commands" long_list
no_notify_info() {
	fault pf0 pf:notify=none
	reset_pf "$pf" virtio_net
	gives 0 "$a" has_regs && gives -95 "$a" has && gives -95 "$a" notify_list && gives 0 "$a" common_read 18 1
}
check_that "no LEGACY_NOTIFY_INFO: legacy access all the same" no_notify_info
# the lists are the PF's own commands: none is sent by whoever binds it
mute_pf() {
	local submitted
	fault pf0 'pf:mute'
	submitted=$(counter "$pf" stats submitted)
	reset_pf "$pf" virtio_net
	[ "$(counter "$pf" stats submitted)" = "$submitted" ] || return 1
	each_gives "$a" -110 -110 -110 -110 -110
}
check_that "a mute PF is bound without a command, and its VFs' calls are bounded" mute_pf
fault pf0 ''
reset_pf "$pf" virtio_net
check_that "a reset mends that too" all_vfs_well

# --- a device that says it cannot go on, or was reset by somebody else: not waited for ---
# not_waited_for STATUS: that is what the device says it is in
not_waited_for() {
	local status=0
	fault pf0 vf2:mute
	card set pf0 lies "common+20/1=$1" >"$tmp/lies"
	in_time -5 "$a" common_read 18 1 && [ "$max_us" -lt $((timeout_ms * 500)) ] || status=1
	in_time -19 "$b" common_read 18 1 || status=1
	card set pf0 lies '' >"$tmp/lies"
	fault pf0 ''
	reset_pf "$pf" virtio_net
	all_vfs_well && return $status
}
check_that "a device that needs a reset is not waited for, and a reset mends" not_waited_for 0x4f
check_that "nor one that lost its status" not_waited_for 0

# --- a device that is gone, all ones in every register ---
gone() {
	local vf
	for command in "${commands[@]}"; do
		fault pf0 vf2:mute
		echo 20000 >$parameters/admin_timeout_ms
		call "$a" threads 2 "$command"
		wait_for 20 more_held 1 || echo "# no commands are under way"
		fault pf0 'pf:gone;vf2:mute'
		sleep 0.3
		call "$a" stop
		echo $timeout_ms >$parameters/admin_timeout_ms
		# those under way and those after: no such device
		[[ " ${came[*]} " = *" error -19 "* ]] && [ "$max_us" -lt "$bound_us" ] || {
			echo "# $command: ${came[*]}"
			return 1
		}
		fault pf0 ''
		reset_pf "$pf" virtio_net
		all_vfs_well || return 1
	done
}
check_that "gone, with commands under way and after: ENODEV in time, a reset mends" gone
# Nobody waits any more who could see it: the next command must
gone_unseen() {
	local status=0
	fault pf0 vf2:mute
	call "$a" threads 8 common_read 18 1
	wait_for 5 share_is_spent || status=1
	call "$a" stop
	gives -16 "$a" common_read 18 1 || status=1
	fault pf0 'pf:gone;vf2:mute'
	gives -19 "$a" common_read 18 1 || status=1
	fault pf0 ''
	reset_pf "$pf" virtio_net
	all_vfs_well && return $status
}
check_that "gone while its share is spent: ENODEV, not EBUSY" gone_unseen
# It came back, and has forgotten everything: nothing is sent to it before it is reset,
# by whatever reset. Here the one of its function, and nobody is bound anew.
function_reset_mends() {
	fault pf0 pf:gone
	in_time -19 "$a" common_read 18 1 || return 1
	fault pf0 ''
	each_gives "$a" -19 -19 -19 -19 -19 || return 1
	echo flr >"/sys/bus/pci/devices/$pf/reset_method"
	echo 1 >"/sys/bus/pci/devices/$pf/reset" && all_vfs_well
}
check_that "gone and back: ENODEV until a reset of the function, which mends" function_reset_mends

# --- nothing leaks: time-outs and resets, many times ---
# settled: objects in use in the slab caches that would show it. The kernel was booted
# with slub_debug=U: no CPU keeps a slab to itself, so that the counts are exact. What
# udev will free in a moment is still in them, and what RCU will: right is the least of
# some readings. The kernel frees many things after RCU in batches, five seconds old, or
# at once when memory is asked for; and one file of /proc costs less than 14 of sysfs.
settled() {
	local cache count
	local -A least
	for _ in 1 2 3 4; do
		sleep 2
		echo 2 >/proc/sys/vm/drop_caches
		sleep 0.5
		while read -r cache count _; do
			[[ $cache =~ ^(kmalloc-[0-9]+k?|iommu_iova)$ ]] || continue
			[ "${least[$cache]:-$count}" -lt "$count" ] || least[$cache]=$count
		done </proc/slabinfo
	done
	for cache in "${!least[@]}"; do
		echo "$cache ${least[$cache]}"
	done
}
# allocated: how many objects of these caches each function has allocated
allocated() {
	local traces
	for traces in /sys/kernel/debug/slab/{kmalloc-*,iommu_iova}/alloc_traces; do
		awk -v cache="$(basename "$(dirname "$traces")")" \
			'$1 ~ /^[0-9]+$/ { n[$2] += $1 } END { for (f in n) print cache ":" f, n[f] }' "$traces"
	done | sort
}
spend() {
	echo 10 >$parameters/admin_timeout_ms
	for _ in $(seq "$1"); do
		fault pf0 vf2:mute
		gives -110 "$a" notify_list || return 1
		reset_pf "$pf" virtio_net
		fault pf0 ''
		gives 0 "$a" notify_list || return 1
	done
	echo $timeout_ms >$parameters/admin_timeout_ms
}
grown() {
	join <(sort "$1") <(sort "$2") | awk -v most="$3" '
		{ n++; change = change " " $1 ":" $3 - $2 }
		# the IOMMU keeps addresses in caches of its own: shown, not judged
		$1 != "iommu_iova" && $3 - $2 > most { bad = 1 }
		END { print "#" change; exit bad || n < 14 }' && return
	# by whom, as far as these counts tell
	join -a 2 -e 0 -o 0,1.2,2.2 "$1.by" "$2.by" | awk '$3 - $2 > 5 { print "# by " $1 ": " $2 " and " $3 }'
	return 1
}
check_that "the kernel counts objects exactly" \
	grep -qx 1 /sys/kernel/slab/kmalloc-64/store_user
spend 5
# a file of debugfs costs memory once it was opened
allocated >"$tmp/before.by"
settled >"$tmp/before"
allocated >"$tmp/before.by"
rounds=40
check_that "$rounds times a time-out and a reset" spend $rounds
settled >"$tmp/after"
allocated >"$tmp/after.by"
# one object lost each time would show as $rounds
case $LAB_KERNEL in
*-debug) skip "nothing leaked" "KASAN keeps what was freed; kmemleak looks at the end" ;;
*) check_that "nothing leaked" grown "$tmp/before" "$tmp/after" $((rounds / 4)) ;;
esac
check_that "nothing is held" nothing_held

# --- the card leaves the slot, commands under way ---
fault pf0 vf2:mute
call "$a" threads 2 common_read 18 1
call "$b" threads 2 common_read 18 1
card set pf0 unplug true >/dev/null
# a kernel without hotplug has to be told
compgen -G "/sys/bus/pci/slots/*" >"$tmp/slots" || echo 1 >"/sys/bus/pci/devices/$pf/remove"
check_that "unplugged with commands under way: all its functions go" \
	wait_for 20 [ ! -e "/sys/bus/pci/devices/$pf" ]
check_that "and their files" \
	[ -z "$(find "$debug/virtio_pci" "$debug/admin_exercise" -name "${pf%:*}*" 2>/dev/null)" ]
