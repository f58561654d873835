#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In the VM, with the disk of clients: guests on a NIC that is a daemon, with the QEMUs 10.0 and
# 11.1. It has a control queue and can be suspended, so that a guest migrates from one to another.
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vdpa-guest.sh
. tools/testing/lab/clients/trees.sh
. tools/testing/lab/clients/process.sh
. tools/testing/lab/clients/goes.sh

times=4		# forth and back, twice
mac=02:00:00:00:00:99
declare -A nic_pid=()
memory=$(memory_of memfd 256)

at_end() {
	local pid
	for pid in "${nic_pid[@]}"; do
		kill -9 "$pid" 2>"$tmp/kill" || :
	done
}

# nic_start NAME: its daemon writes down what it is told in $tmp/NAME.told
nic_start() {
	/lab/out/selftests/vdpa/vduse_nic "$1" $mac >"$tmp/$1.told" 2>&1 &
	nic_pid[$1]=$!
	wait_for 10 grep -q 'is there' "$tmp/$1.told" && for_process "$1" vduse ||
		{ sed 's/^/# /' "$tmp/$1.told"; return 1; }
	words[$1]="$memory -netdev vhost-vdpa,vhostdev=$node,id=n0 -device virtio-net-pci,netdev=n0,mac=$mac,romfile="
}
nics_start() { nic_start a && nic_start b; }
nic_end() {
	vdpa dev del "$1" && kill "${nic_pid[$1]}" && wait "${nic_pid[$1]}" || return 1
	unset "nic_pid[$1]"
	echo "# $1: $(tail -n 1 "$tmp/$1.told")"
	[ ! -e "/dev/vduse/$1" ]
}

# what a daemon was told before the rows of this QEMU
declare -A before=([a]=0 [b]=0)
begin() {
	local name
	for name in a b; do
		before[$name]=$(wc -l <"$tmp/$name.told")
	done
}
# told NAME TEXT: how often since then
told() { tail -n +$((before[$1] + 1)) "$tmp/$1.told" | grep -c "$2"; }
# QEMU has the control queue for itself, in another address space than the guest's memory
commands_arrive() {
	echo "# $(tail -n +$((before[a] + 1)) "$tmp/a.told" | sort | uniq -c | tr -s ' \n' ' ')"
	[ "$(told a '^command 0\..* in space 1: done')" -gt 0 ] && [ "$(told a 'refused')" = 0 ]
}
# The daemons lose no frame: an answer may be late, as one that takes 4 s is counted as lost
lost=''
none_lost() {
	local all=0 sent received late
	guest_tell "$1" pinged >"$tmp/pinged" || all=1
	sent=$(field "$1" pinged sent) received=$(field "$1" pinged received) late=$(field "$1" pinged late)
	lost=$((sent - received))
	echo "# echoes: $received of $sent, $late late; the longest took $(field "$1" pinged most_us) us"
	[ "${sent:-0}" -gt 100 ] && [ "$lost" -le "$late" ] && { [ $all = 0 ] || [ "$lost" -gt 0 ]; } &&
		guest_tell "$1" "ping=10.7.0.1,5,1400"
}
# an echo that is late is in the launcher's status
ends() { guest_end "$1" >"$tmp/end" || [ "$lost" -gt 0 ]; }
# each NIC was left, with its queues' places, twice
were_suspended() {
	local name
	for name in a b; do
		echo "# $name: suspended $(told $name '^suspended') times, and asked for the place of a queue" \
			"$(told $name '^asked') times"
		[ "$(told $name '^suspended')" -ge $((times / 2)) ] && [ "$(told $name '^asked')" -ge $((times / 2)) ] ||
			return 1
	done
}

nic_results=7
nic_rows() {
	local name=$1 text
	use_qemu "$name"
	text="QEMU $(qemu_version)"
	begin
	check_that "$text: a guest reaches the other end" guest "nic-$name" --modern --boot-limit 120 --extra "${words[a]}" -- \
		"${traffic[@]}" reboot "${traffic[@]}"
	check_that "$text: the daemon gets the guest's commands" commands_arrive
	begin
	check_that "$text: the guest goes forth and back" goes "$name" $times "${traffic[@]}" pinging=10.7.0.1,20
	check_that "$text: and loses no echo" none_lost "$name-$times"
	check_that "$text: it ends" ends "$name-$times"
	check_that "$text: at each move a NIC was suspended" were_suspended
	check_that "$text: QEMU had nothing to complain about" eval "qemu_is_quiet nic-$name && goes_quietly $name"
}

plan $((2 + 2 * nic_results + 2))
vdpa_load vduse vhost_vdpa
check_that "the disk of clients" enter_trees
check_that "two NICs" nics_start
nic_rows trixie
nic_rows trixie-backports
check_that "the daemon of the first ends, and its device goes" nic_end a
check_that "and that of the second" nic_end b
