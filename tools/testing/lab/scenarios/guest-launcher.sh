#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: guest-launcher
# about: what launches nested guests: it finds out how they end, ends them itself, and refuses in one line
# when: full
# limit: 900
# where: vm
# kernel: 6.1
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh


# no QEMU of ours is left
none_left() { ! pgrep -x qemu-system-x86 >/dev/null; }

# says TEXT ARGUMENTS...: the launcher refuses with one line that has TEXT in it
says() {
	local text=$1
	shift
	"$GUEST" "$@" </dev/null >"$tmp/says" 2>&1
	[ $? -eq 125 ] && [ "$(wc -l <"$tmp/says")" = 1 ] && grep -q "$text" "$tmp/says" ||
		{ sed 's/^/# /' "$tmp/says"; return 1; }
}

# while a guest waits for actions: the signal ends it and QEMU
ended_by() {
	local pid
	guest_start "signal-$1" "${emulated[@]}" || return 1
	pid=${guest_pid[signal-$1]}
	kill -s "$1" "$pid"
	wait "$pid"
	[ $? -eq "$2" ] && none_left
}

plan 7
check_that "an action that fails fails the run" \
	[ "$("$GUEST" --name fails "${emulated[@]}" -- absent=/proc,1 nonsense >"$tmp/out" 2>&1; echo $?)" = 1 ]
check_that "a guest that crashes is found out" \
	[ "$("$GUEST" --folder "$tmp" "${emulated[@]}" -- crash >"$tmp/out" 2>&1; echo $?)" = 3 ]
check_that "Ctrl-C ends the guest and its QEMU" ended_by INT 130
check_that "SIGTERM as well" ended_by TERM 143
check_that "a function that is not there: one line" says "no PCI function 0000:00:1d.7" --vf 00:1d.7
check_that "a function of another driver: one line" says "not to a vfio driver" --vf "${PF[rp0]}"
modprobe -r kvm_amd
check_that "without nested KVM: one line" says "no nested KVM here" "${emulated[@]}"
