#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-dirty
# about: pages that a VF writes to, logged by the card: none missing, every bad call, resets, faults of the card
# limit: 300
# when: full
# where: vm
# kernel: 6.1
# device: -netdev user,id=up0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=4,uplink=up0,dirty-log=112 -device virtio-blk-pf,id=pf1,bus=rp1,vfs=4,drive=card0,vf-drives=card1:card2:card3:card4,dirty-log=112 -device virtio-net-pf,id=pf2,bus=rp2,vfs=2
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vfio.sh
. tools/testing/lab/scenarios/lib/vfio_user.sh

base=112
timeout_ms=$((1500 * slower))
# a command ends in that time; on a busy machine that takes longer, and what hangs would not
# end at all
soon=$((10000 * slower))
parameter=$(echo /sys/module/virtio_pci*/parameters/dirty_log_opcode)

fault() { card faults pf0 "$1" >"$tmp/fault"; }
has_log() { [ "$(cat "/sys/bus/pci/devices/$1/dirty_log")" = "$2" ]; }

# --- the parameter ---

not_asked() {
	transitional rp0 1 && has_log "$vf" none || return 1
	! grep -E '^command_dma_log_[a-z]+ [1-9]' "/sys/kernel/debug/virtio_pci/$pf/"*
}
bad_opcodes() {
	local bad
	for bad in 1 17 125 65535 65536 -1 x; do
		! echo $bad >"$parameter" 2>"$tmp/said" || { echo "# $bad was taken"; return 1; }
	done
	[ "$(cat "$parameter")" = 0 ]
}
set_once() {
	echo $base >"$parameter" && echo $base >"$parameter" || return 1
	! echo 100 >"$parameter" 2>"$tmp/said" && ! echo 0 >"$parameter" 2>"$tmp/said" &&
		[ "$(cat "$parameter")" = $base ]
}
# what was negotiated before holds until the PF is reset
negotiated_anew() {
	local virtio
	set_vfs "$pf" 0
	virtio=$(basename "$(echo "/sys/bus/pci/devices/$pf/virtio"*)")
	echo "$virtio" >/sys/bus/virtio/drivers/virtio_net/unbind
	echo "$virtio" >/sys/bus/virtio/drivers/virtio_net/bind
	transitional rp0 4 && has_log "$vf" card
}

# --- a card that does not do its part ---

# lost_until_restart FAULT ERROR: a report fails so, and all further ones, until the log is started again
lost_until_restart() {
	gives a log 0 $soon && gives a report 0 $soon || return 1
	fault "vf0:$1;vf0:only=$((base + 2))"
	gives a report "$2" $soon || return 1
	fault ''
	gives a report -5 $soon && gives a report -5 $soon || return 1
	gives a unlog 0 $soon && gives a log 0 $soon && gives a report 0 $soon && gives a unlog 0 $soon
}

start_fails() {
	fault "vf0:$1;vf0:only=$((base + $2))"
	gives a log "$3" $soon || return 1
	fault ''
	gives a report -22 $soon && gives a log 0 $soon && gives a report 0 $soon && gives a unlog 0 $soon
}

stop_not_answered() {
	gives a log 0 $soon || return 1
	fault "vf0:mute;vf0:only=$((base + 3))"
	gives a unlog -110 $soon && gives a report -22 $soon || return 1
	fault ''
	gives a log 0 $soon && gives a report 0 $soon && gives a unlog 0 $soon
}

registers_beside_mute() {
	gives a log 0 $soon || return 1
	fault "vf0:mute;vf0:only=$((base + 2))"
	say_to a '& report'
	gives a "r 18 1" 0 $soon || return 1
	answer_of a
	fault ''
	[ "$value" = -110 ] && gives a unlog 0 $soon
}

owner_is_reset() {
	local virtio
	gives a log 0 $soon || return 1
	virtio=$(basename "$(echo "/sys/bus/pci/devices/$pf/virtio"*)")
	echo "$virtio" >/sys/bus/virtio/drivers/virtio_net/unbind
	gives a report -19 $soon || return 1
	echo "$virtio" >/sys/bus/virtio/drivers/virtio_net/bind
	gives a report -5 $soon && gives a unlog 0 $soon && gives a log 0 $soon &&
		gives a report 0 $soon && gives a unlog 0 $soon
}

killed_while_it_logs() {
	gives a log 0 $soon || return 1
	fault "vf0:mute;vf0:only=$((base + 2))"
	say_to a report
	sleep 0.3
	dies a $((soon + 3000)) || return 1
	fault ''
	wait_for 20 open_user a "${vfs[0]}" && gives a report -22 $soon && gives a log 0 $soon &&
		gives a report 0 $soon && gives a unlog 0 $soon
}

# a kernel whose bitmap is a stub: nothing is offered that would fail later
stub_is_said() {
	give_to virtio-pci-owner "$(pf_of rp0)" && echo $base >"$parameter" && transitional rp0 1 || return 1
	has_log "$vf" none && dmesg | grep -qF "$vf: no dirty page tracking: this kernel is built without IOMMUFD_DRIVER" &&
		open_user none "$vf" && gives none log -25 $soon && gives none report -25 $soon && close_user none
}

start
modprobe -a vfio-pci virtio-vfio-pci
if [[ $(uname -r) = 6.12.* ]]; then
	modprobe virtio_pci_owner
	parameter=/sys/module/virtio_pci_owner/parameters/dirty_log_opcode
	check_that "without vfio's bitmap there is no log, and a line says so" stub_is_said
	finish
	exit 0
fi
check_that "without an opcode no card is asked" not_asked
check_that "opcodes that are another command's, or none, are refused" bad_opcodes
check_that "the opcode is set once" set_once
check_that "and counts when the PF is reset" negotiated_anew
for type in net:rp0:pf0 blk:rp1:pf1; do
	IFS=: read -r name port id <<<"$type"
	check_that "$name: driverctl binds virtio-vfio-pci" transitional "$port" 4
	check_that "$name: the card logs" has_log "$vf" card
	export VFIO_DEVICE=${vfs[0]} VFIO_PEER=${vfs[1]} VFIO_OTHER=${vfs[2]}
	export VFIO_LOG_EVER="card get $id log-ever | sed 's/\\\\n/\n/g; s/\"//g' | head -n 1 | tr ' ' '\n'"
	for program in dirty dirty_cost dirty_bad; do
		results_of "$name" "$VFIO_TESTS/${program}_test"
	done
done
check_that "a card without a log" transitional rp2 1
check_that "says so" has_log "$vf" none

pf=$(pf_of rp0)
mapfile -t vfs < <(vfs_of "$pf")
echo $timeout_ms | tee /sys/module/virtio_pci*/parameters/admin_timeout_ms >"$tmp/tee"
open_user a "${vfs[0]}"
while IFS=, read -r text faults want; do
	check_that "a report fails, and so do all until a new start: $text" \
		lost_until_restart "$faults" "$want"
done <<'END'
no answer,mute,-110
a part of the bits,short-used=100,-5
no bits,short-used=0,-5
refused,status=22,-22
no such log,status=6,-6
END
check_that "EAGAIN is no failure" eval 'fault "vf0:eagain-ms=50;vf0:only=$((base + 2))" && gives a log 0 $soon && gives a report 0 $soon && gives a unlog 0 $soon && fault ""'
while IFS=, read -r text faults opcode want; do
	check_that "a start fails, and the next does not: $text" start_fails "$faults" "$opcode" "$want"
done <<'END'
not answered,mute,1,-110
refused,status=28,1,-28
it does not identify itself,mute,0,-110
its identity is cut off,short-used=20,0,-5
its identity is not written,status=0,0,-5
END
check_that "a stop that is not answered, and a new start" stop_not_answered
check_that "a VF whose log is not answered answers registers" registers_beside_mute
check_that "the PF is reset while a VF logs" owner_is_reset
check_that "a user is killed while it waits for a report" killed_while_it_logs
close_user a
pf_is_unbound card
finish
