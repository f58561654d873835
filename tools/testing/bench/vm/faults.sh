#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In the VM: each fault of the card against each workload: faults.sh SECONDS
#
# Before the first fault and after each one the speed without a fault is measured.
# A line for each fault and workload:
#	fault NAME WORKLOAD CALLS FAILED RATE LONGEST-MS ERRORS...
# and one for each fault when it has been lifted, and the PF reset where it has to be:
#	after NAME RESET SPEED-PERCENT HELD ABANDONED MEMORY-KB
# KTAP results judge them; the status is the number of what is not as it has to be.
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/bench/vm/lib.sh

seconds=$1
timeout_ms=1000		# admin_timeout_ms for this run: what every command's wait is bounded by
slack_ms=1500		# of a busy machine, for one call
open_ms=4000		# an open resets the function, and asks the device
speed_percent=60	# of what it was before the first fault, at least
memory_kb=3000		# that may be used more after a fault than before it

# the card's faults, and whether the PF has to be reset when the fault is lifted
faults() {
	cat <<-'END'
	none no
	all:mute no
	vf0:mute no
	all:late-us=300 no
	all:late-ms=5 no
	all:late-ms=1500 no
	all:reorder no
	all:short-used=0 no
	all:short-used=3 no
	all:short-used=8 no
	all:eagain-once no
	all:status=11 no
	all:status=22 no
	all:status=65535 no
	all:qualifier=65535 no
	all:notify=none no
	all:notify=owner no
	all:notify=both no
	all:notify=bad-bar no
	all:notify=outside no
	all:notify=odd no
	pf:long-list no
	vf0:gone no
	pf:gone yes
	END
}

# the workloads, and which VFs are whose
workloads() {
	cat <<-'END'
	access	access	0 1
	rate	access	1 4
	notify	notify	5 1
	probe	probe	6 1
	open	open	7 1
	END
}

stats=/sys/kernel/debug/virtio_pci/$PF/stats
queue() { awk -v key="queue_$1" '$1 == key { print $2 }' "$stats"; }

# what the kernel itself has in use: not what it keeps of files, nor what KASAN keeps of what
# was freed, which goes when a cache is made small
memory_kb() {
	local cache
	echo 3 >/proc/sys/vm/drop_caches
	for cache in /sys/kernel/slab/*/shrink; do
		[ ! -e "$cache" ] || echo 1 >"$cache"
	done
	awk '/^(Slab|PageTables|KernelStack|Percpu|VmallocUsed):/ { n += $2 } END { print n }' /proc/meminfo
}

# start NAME WORKLOAD FIRST COUNT: its VFs are opened, and it waits for the word
declare -A go pids
start() {
	local fd
	mkfifo "$tmp/$1.go"
	"$BIN/hammer" "$2" "$seconds" "${vfs[@]:$3:$4}" <"$tmp/$1.go" >"$tmp/$1.out" 2>"$tmp/$1.err" &
	pids[$1]=$!
	exec {fd}>"$tmp/$1.go"
	go[$1]=$fd
	rm "$tmp/$1.go"
	for _ in {1..300}; do
		grep -q ready "$tmp/$1.out" && return 0
		kill -0 "${pids[$1]}" 2>/dev/null || break
		sleep 0.1
	done
	sed 's/^/# /' "$tmp/$1.err"
	return 1
}

# finish NAME: its line, without the word "ready"
finish() {
	local fd=${go[$1]}
	wait "${pids[$1]}"
	exec {fd}>&-
	sed '/^ready/d' "$tmp/$1.out"
}

# speed: reads and writes per second of one VF, the best of three
speed() {
	local best=0 rate
	for _ in 1 2 3; do
		rate=$(echo | "$BIN/hammer" access 1 "$vf" | awk '$1 == "access" { print $4 }')
		[ "${rate:-0}" -le $best ] || best=$rate
	done
	echo "$best"
}

reset_pf() {
	local device
	device=$(basename "$(echo "/sys/bus/pci/devices/$PF/virtio"*)")
	echo "$device" >/sys/bus/virtio/drivers/virtio_net/unbind
	echo "$device" >/sys/bus/virtio/drivers/virtio_net/bind
}

# run FAULT: all workloads under it, at once
run() {
	local name call first count
	while read -r name call first count; do
		start "$name" "$call" "$first" "$count" || echo "# $name did not start"
	done < <(workloads)
	card faults pf0 "${1#none}" >/dev/null
	while read -r name _; do
		echo >&"${go[$name]}"
	done < <(workloads)
	while read -r name _; do
		# not in a pipe: only who started a process can wait for it
		finish "$name" >"$tmp/finished"
		sed "s/^[a-z]*/fault $1 $name/" "$tmp/finished" | tee "$tmp/result.$name"
	done < <(workloads)
	card faults pf0 '' >/dev/null
}

bounded() {
	local name status=0 longest limit
	while read -r name _; do
		longest=$(awk '{ print $7 }' "$tmp/result.$name")
		case $name in
		open) limit=$((timeout_ms + slack_ms + open_ms)) ;;
		access | rate) limit=$((2 * timeout_ms + slack_ms)) ;;	# a read and a write
		*) limit=$((timeout_ms + slack_ms)) ;;
		esac
		[ -n "$longest" ] && [ "$longest" -le $limit ] ||
			{ echo "# $name: ${longest:-nothing} ms, at most $limit"; status=1; }
	done < <(workloads)
	return $status
}

# what the device still has comes back, or has come with the reset
held_nothing() {
	for _ in {1..30}; do
		held=$(queue slots_held) abandoned=$(queue slots_orphaned)
		[ "$held" = 0 ] && [ "$abandoned" = 0 ] && return 0
		sleep 0.2
	done
	return 1
}

plan $(($(faults | wc -l) * 4 + 1))
modprobe virtio_pci
echo $timeout_ms >/sys/module/virtio_pci/parameters/admin_timeout_ms
check_that "eight VFs are bound" bench_vfs 8
# what the kernel keeps of each first time is no loss
once=$seconds seconds=2
run none >/dev/null
seconds=$once
quiet=$(speed)
echo "# one VF, no fault: $quiet calls per second"
while read -r fault reset; do
	before=$(memory_kb)
	run "$fault"
	[ "$reset" = no ] || reset_pf
	check_that "$fault: every call comes back in time" bounded
	check_that "$fault: no slot stays held" held_nothing
	now=$(speed)
	check_that "$fault lifted: full speed again" [ $((now * 100 / quiet)) -ge $speed_percent ]
	grown=$(($(memory_kb) - before))
	check_that "$fault: no memory stays used" [ $grown -le $memory_kb ]
	echo "after $fault $reset $((now * 100 / quiet)) $held $abandoned $grown"
done < <(faults)
only_vfs 0
