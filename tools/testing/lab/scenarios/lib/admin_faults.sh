# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# Each fault of the card against each admin command, for a PF of any kind.
# Needs: lib/ktap.sh, lib/card.sh, lib/admin.sh.

# results of faults_on
faults_results=$((26 + 4 + 3 + 5 + 5 + 5 + 4 + 10))
timeout_ms=400
# a machine with much else to do stands still for a second now and then
bound_us=$(((timeout_ms * 10 + 1000) * 1000))
commands=("common_read 18 1" "common_write 18 1 1" "device_read 0 1" "device_write 5 1 1" "notify_list")

# in_time ERROR VF CALL...: ends with this error, not long after the time-out
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

# result TEXT COMMAND...: one, by the name of the row
result() { check_that "$row$1" "${@:2}"; }

# --- what the device may answer: rows of fault, and what each command gives ---

neighbour_well() {
	call "$b" stop
	echo "# ${came[0]}"
	[ "$calls" = "$ok" ] && [ "$calls" -gt 1000 ] && [ "$max_us" -lt "$bound_us" ]
}

faults_in_answers() {
	# Meanwhile another VF's commands go on, each as well as ever.
	call "$b" threads 1 common_read 18 1
	while IFS=, read -r text faults wants; do
		fault "$card" "$faults"
		result "$text" each_gives "$a" $wants
		fault "$card" ''
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
	result "all that time another VF's commands went on" neighbour_well
}

# --- what becomes of the addresses ---

# lists FAULT PATTERN
lists() {
	local status=0
	fault "$card" "$1"
	gives 0 "$a" notify_list
	[[ "${came[*]:1}" =~ ^$2$ ]] || { echo "# ${came[*]}"; status=1; }
	fault "$card" ''
	return $status
}

owner_only() {
	local status=0
	fault "$card" vf2:notify=owner
	gives 0 "$a" notify_info 1 && gives -2 "$a" notify_info 2 || status=1
	fault "$card" ''
	return $status
}

faults_in_addresses() {
	for kind in none bad-bar outside odd; do
		result "notify=$kind leaves no address" lists "vf2:notify=$kind" ""
	done
	result "notify=both: the device's order" lists vf2:notify=both \
		"notify flags 2 bar 4 offset [0-9]+ notify flags 1 bar 4 offset [0-9]+"
	result "notify=owner: found as the owner's" owner_only
	result "EAGAIN was retried, and counted" [ "$(counter "$pf" vf2 retries)" -ge 7 ]
}

# --- a device that does not answer ---

# mute_costs_one_vf COMMAND: it times out; meanwhile another VF goes on
mute_costs_one_vf() {
	local status=0 mute_ms=$((timeout_ms * 10))
	echo $mute_ms >$parameters/admin_timeout_ms
	fault "$card" vf2:mute
	call "$a" threads 1 "$1"
	gives 0 "$b" repeat 300 common_read 18 1 || status=1
	# one that waited for the mute one would take as long, each time
	[ "$ok" = 300 ] && [ "$max_us" -lt $((mute_ms * 900)) ] &&
		[ "$total_us" -lt $((mute_ms * 2000)) ] || {
		echo "# the other VF: ${came[*]}"
		status=1
	}
	call "$a" stop
	[ "$error" = -110 ] && [ "$max_us" -lt $((bound_us + mute_ms * 1000)) ] || {
		echo "# the mute VF: ${came[*]}"
		status=1
	}
	echo $timeout_ms >$parameters/admin_timeout_ms
	fault "$card" ''
	wait_for 5 nothing_held || { echo "# held: $(held)"; status=1; }
	gives 0 "$a" "$1" || status=1
	return $status
}

share_is_spent() { [ "$(counter "$pf" stats queue_slots_orphaned)" = "$share" ]; }

faults_mute() {
	for command in "${commands[@]}"; do
		result "mute, $command: it times out, others go on, and its late answer is taken" \
			mute_costs_one_vf "$command"
	done
	# More commands than the share: the share is spent, then errors come at once
	share=$(counter "$pf" stats slots_per_member)
	fault "$card" vf2:mute
	call "$a" threads 8 common_read 18 1
	wait_for 5 share_is_spent || :
	result "a mute VF holds its share and no more" share_is_spent
	gives -16 "$a" common_read 18 1 || :
	# refused, and not as late as the device would have answered
	result "its next command fails at once" [ "$error" = -16 ]
	result "others do not notice" gives 0 "$b" repeat 300 common_read 18 1
	call "$a" stop
	# nobody else looks: the caller itself must find what came late
	fault "$card" ''
	sleep 0.3
	result "late answers give the share back" gives 0 "$a" common_read 18 1
	result "nothing is held then" wait_for 5 nothing_held
}

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
	[ $((end - start)) -lt 9999999 ] || { echo "# killed after $((end - start)) us"; return 1; }
}

faults_signal() {
	echo 20000 >$parameters/admin_timeout_ms
	fault "$card" vf2:mute
	for command in "${commands[@]}"; do
		result "SIGKILL ends a wait of 20 s: $command" killed_at_once "$command"
	done
	result "... and is counted" [ "$(counter "$pf" vf2 error_killed)" = 5 ]
	echo $timeout_ms >$parameters/admin_timeout_ms
}

# --- the reset that mends ---

long_list() {
	fault "$card" pf:long-list
	reset_pf "$pf" "$upper"
	all_vfs_well && [ "$(counter "$pf" stats group_sriov_highest)" = 130 ]
}

no_notify_info() {
	fault "$card" pf:notify=none
	reset_pf "$pf" "$upper"
	gives 0 "$a" has_regs && gives -95 "$a" has && gives -95 "$a" notify_list && gives 0 "$a" common_read 18 1
}

# the lists are the PF's own commands: none is sent by whoever binds it
mute_pf() {
	local submitted
	fault "$card" 'pf:mute'
	submitted=$(counter "$pf" stats submitted)
	reset_pf "$pf" "$upper"
	[ "$(counter "$pf" stats submitted)" = "$submitted" ] || return 1
	each_gives "$a" -110 -110 -110 -110 -110
}

faults_reset() {
	result "the device still has the killed commands' slots" \
		[ "$(counter "$pf" stats queue_slots_orphaned)" = 5 ]
	reset_pf "$pf" "$upper"
	result "a reset of the PF takes them back" nothing_held
	fault "$card" ''
	result "and every VF works again" all_vfs_well
	result "a list of more than 64 commands" long_list
	result "no LEGACY_NOTIFY_INFO: legacy access all the same" no_notify_info
	result "a mute PF is bound without a command, and its VFs' calls are bounded" mute_pf
	fault "$card" ''
	reset_pf "$pf" "$upper"
	result "a reset mends that too" all_vfs_well
}

# --- a device that says it cannot go on, or was reset by somebody else: not waited for ---

# not_waited_for STATUS: that is what the device says it is in
not_waited_for() {
	local status=0
	fault "$card" vf2:mute
	card set "$card" lies "common+20/1=$1" >"$tmp/lies"
	echo 20000 >$parameters/admin_timeout_ms
	in_time -5 "$a" common_read 18 1 || status=1
	echo $timeout_ms >$parameters/admin_timeout_ms
	in_time -19 "$b" common_read 18 1 || status=1
	card set "$card" lies '' >"$tmp/lies"
	fault "$card" ''
	reset_pf "$pf" "$upper"
	all_vfs_well && return $status
}

# its callers block, so that whoever reaps has the interrupt on
twice() {
	local status=0
	fault "$card" 'all:late-ms=20;all:twice'
	call "$a" repeat 3 common_read 18 1
	[ "$calls" = 3 ] && [[ ${came[*]} = *"error -5"* || ${came[*]} = *"error -19"* ]] || {
		echo "# ${came[*]}"
		status=1
	}
	fault "$card" ''
	reset_pf "$pf" "$upper"
	all_vfs_well && return $status
}

faults_confused() {
	result "a device that needs a reset is not waited for, and a reset mends" not_waited_for 0x4f
	result "nor one that lost its status" not_waited_for 0
	result "commands completed twice: the queue breaks, nobody stays in it, a reset mends" twice
}

# --- a device that is gone, all ones in every register ---

gone() {
	local vf
	for command in "${commands[@]}"; do
		fault "$card" vf2:mute
		echo 20000 >$parameters/admin_timeout_ms
		call "$a" threads 2 "$command"
		wait_for 20 more_held 1 || echo "# no commands are under way"
		fault "$card" 'pf:gone;vf2:mute'
		sleep 0.3
		call "$a" stop
		echo $timeout_ms >$parameters/admin_timeout_ms
		# those under way and those after: no such device
		[[ " ${came[*]} " = *" error -19 "* ]] && [ "$max_us" -lt "$bound_us" ] || {
			echo "# $command: ${came[*]}"
			return 1
		}
		fault "$card" ''
		reset_pf "$pf" "$upper"
		all_vfs_well || return 1
	done
}

# Nobody waits any more who could see it: the next command must
gone_unseen() {
	local status=0
	fault "$card" vf2:mute
	call "$a" threads 8 common_read 18 1
	wait_for 5 share_is_spent || status=1
	call "$a" stop
	gives -16 "$a" common_read 18 1 || status=1
	fault "$card" 'pf:gone;vf2:mute'
	gives -19 "$a" common_read 18 1 || status=1
	fault "$card" ''
	reset_pf "$pf" "$upper"
	all_vfs_well && return $status
}

# It came back, and has forgotten everything: nothing is sent to it before it is reset,
# by whatever reset. Here the one of its function, and nobody is bound anew.
function_reset_mends() {
	fault "$card" pf:gone
	in_time -19 "$a" common_read 18 1 || return 1
	fault "$card" ''
	each_gives "$a" -19 -19 -19 -19 -19 || return 1
	echo flr >"/sys/bus/pci/devices/$pf/reset_method"
	echo 1 >"/sys/bus/pci/devices/$pf/reset" && all_vfs_well
}

faults_gone() {
	result "gone, with commands under way and after: ENODEV in time, a reset mends" gone
	result "gone while its share is spent: ENODEV, not EBUSY" gone_unseen
	result "gone and back: ENODEV until a reset of the function, which mends" function_reset_mends
}

# faults_on NAME PORT CARD UPPER VFS: all of it, on a PF and its VFs; leaves $pf, $card, $upper, $vfs,
# and of these $a, whose commands meet the faults, and $b, whose go on
faults_on() {
	row=${1:+$1: } pf=$(pf_of "$2") card=$3 upper=$4
	admin_vfs "$pf" "$5" || return 1
	echo $timeout_ms >$parameters/admin_timeout_ms
	a=${vfs[2]} b=${vfs[-1]}
	faults_in_answers
	faults_in_addresses
	faults_mute
	faults_signal
	faults_reset
	faults_confused
	faults_gone
}
