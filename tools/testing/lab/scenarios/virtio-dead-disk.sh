#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: virtio-dead-disk
# about: a block PF and its VF have requests in flight that will not be answered: after a fatal PCI error, at a reset, pulled out; nothing else waits with them
# when: full
# limit: 400
# where: vm
# kernel: 6.1
# device: -global pcie-root-port.x-speed=2_5 -device virtio-blk-pf,id=pf1,bus=rp0,vfs=2,drive=card0,vf-drives=card1:card2 -device virtio-blk-pf,id=pf2,bus=rp1,vfs=1,drive=card3,vf-drives=card4
#
# virtio_blk waits for its requests without end: in its freeze, its removal and its probe.
# Requests are held by the card (fault hold), so that the device answers in all else.
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/virtio.sh

declare -A reader=()

said() { dmesg | grep -qE "$1"; }

# hold FUNCTION: the card takes its requests from now on and answers none; free FUNCTION
declare -A holder=([card0]="pf1 pf" [card1]="pf1 vf0" [card3]="pf2 pf") held=()
set_held() {
	local name words text='' card=${holder[$1]% *}
	held[$1]=$2
	for name in "${!holder[@]}"; do
		read -ra words <<<"${holder[$name]}"
		[ "${words[0]}" != "$card" ] || [ -z "${held[$name]:-}" ] || text+="${text:+;}${words[1]}:hold"
	done
	card faults "$card" "$text" >/dev/null
}
hold() { set_held "$1" yes; }
free() { set_held "$1" ""; }

# the inflight file says reads and writes
in_flight() {
	local words
	read -ra words <"/sys/block/${1#/dev/}/inflight"
	[ $((words[0] + words[1])) -ge 8 ]
}

# busy ADDRESS DRIVE: four reads and four flushed writes that nobody answers
busy() {
	local disk pids=()
	wait_for 20 disk_of "$1" || return 1
	disk=$(disk_of "$1")
	hold "$2" || return 1
	for i in 1 2 3 4; do
		dd if="$disk" of=/dev/null bs=64k count=1 skip=$i iflag=direct 2>>"$tmp/dd" &
		pids+=($!)
		dd if=/dev/zero of="$disk" bs=64k count=1 seek=$i oflag=direct,sync 2>>"$tmp/dd" &
		pids+=($!)
	done
	reader[$1]=${pids[*]}
	wait_for 20 in_flight "$disk"
}

# got_errors ADDRESS [DRIVE]: all of them were in flight, so all fail, and none hangs
got_errors() {
	local pid failed=0
	[ $# -lt 2 ] || free "$2" || return 1
	for pid in ${reader[$1]}; do
		wait_for 30 eval "! kill -0 $pid 2>$tmp/kill" || return 1
		wait "$pid" || failed=$((failed + 1))
	done
	echo "# $failed of 8 failed"
	[ $failed = 8 ]
}

# error PORT REGEX: a fatal error of the port, until the log says so
error() {
	dmesg --clear
	card qmp "{\"execute\": \"human-monitor-command\", \"arguments\":
		{\"command-line\": \"pcie_aer_inject_error $1 DLP\"}}" >"$tmp/qmp" &&
		wait_for 60 said "$2" || { dmesg | tail -n 20 | sed 's/^/# /'; return 1; }
}

in_time() { timeout -s KILL 60 "$@"; }
numvfs() { in_time bash -c "echo $2 >$pci/$1/sriov_numvfs"; }
reset_function() {
	echo flr >"$pci/$1/reset_method"
	in_time bash -c "echo 1 >$pci/$1/reset"
}

# removal ADDRESS: of its driver, which waits for the requests in flight as the kernel's own does
removal() {
	virtio=$(virtio_of "$1")
	echo "$virtio" >/sys/bus/virtio/drivers/virtio_blk/unbind &
	remover=$!
	sleep 2
	kill -0 $remover
}
removal_ended() { wait_for 30 eval "! kill -0 $remover"; }

plan 43
pf=$(pf_of rp0) beside=$(pf_of rp1)
echo 4000 >/sys/module/virtio_pci/parameters/reset_timeout_ms
check_that "VFs with their own driver" eval 'numvfs "$pf" 2 && udevadm settle --timeout=30'
vf=$(vfs_of "$pf" | head -n 1)
check_that "PF and VF are used" eval 'use_disk "$pf" && use_disk "$vf"'
check_that "the PF has requests in flight" busy "$pf" card0
check_that "the VF too" busy "$vf" card1
check_that "a fatal error: the kernel recovers" error rp0 "device recovery successful"
check_that "the PF's requests fail" got_errors "$pf" card0
check_that "the VF's too" got_errors "$vf" card1
check_that "a PF beside it works" use_disk "$beside"
check_that "the PF's disk works, with the driver that it had" use_disk "$pf"
check_that "the VF's disk works" use_disk "$vf"

check_that "the PF has requests in flight" busy "$pf" card0
check_that "a reset of its function ends" reset_function "$pf"
check_that "its requests fail" got_errors "$pf" card0
check_that "its disk works" use_disk "$pf"

check_that "the VF is used again" eval 'reset_function "$vf" && use_disk "$vf"'
check_that "the VF has requests in flight" busy "$vf" card1
check_that "it loses its state: a reset of the PF" reset_function "$pf"
check_that "VFs go" numvfs "$pf" 0
check_that "the VF's requests fail" got_errors "$vf" card1
check_that "VFs come" eval 'numvfs "$pf" 1 && use_disk "$(vfs_of "$pf")"'

# an administrator's unbind of a disk that hangs
check_that "the PF beside has requests in flight" busy "$beside" card3
check_that "its driver's removal waits for them" removal "$beside"
check_that "meanwhile VFs of the other PF go and come" eval \
	'numvfs "$pf" 0 && numvfs "$pf" 2 && udevadm settle --timeout=30 && use_disk "$(vfs_of "$pf" | head -n 1)"'
check_that "its function is reset" eval 'reset_function "$pf" && use_disk "$pf"'
check_that "its port recovers from a fatal error" error rp0 "device recovery successful"
check_that "its disk works" use_disk "$pf"
check_that "answered, the removal ends" eval 'free card3 && removal_ended'
check_that "bound again, that disk works" eval \
	'echo "$virtio" >/sys/bus/virtio/drivers/virtio_blk/bind && use_disk "$beside"'

# the same, but the device is reset instead of answering: that takes away what the removal waits for
bound_again() { echo "$virtio" >/sys/bus/virtio/drivers/virtio_blk/bind && use_disk "$1"; }
while IFS=, read -r what command <&3; do
	check_that "the PF has requests in flight" busy "$pf" card0
	check_that "its driver's removal waits for them" removal "$pf"
	check_that "$what" $command
	check_that "the removal ends, the requests fail" eval 'removal_ended && got_errors "$pf" card0'
	check_that "bound again, that disk works" bound_again "$pf"
done 3<<END
its own port recovers from a fatal error,error rp0 device.recovery.successful
its function is reset,reset_function $pf
END

check_that "the PF beside has requests in flight" busy "$beside" card3
check_that "its driver's removal waits for them" removal "$beside"
check_that "it is pulled out" card set pf2 unplug true
check_that "its removal ends" in_time bash -c "echo 1 >$pci/$beside/remove"
check_that "its driver's too, and its requests fail" eval 'removal_ended && got_errors "$beside"'
