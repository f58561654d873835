#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-migrate
# about: a VF's state moves to another by vfio: each arc, each cut, bad and random streams, faults of the card, resets
# limit: 600
# where: vm
# passes: VFIO_SEED
# kernel: 6.1
# device: -netdev user,id=up0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=4,uplink=up0 -device virtio-blk-pf,id=pf1,bus=rp1,vfs=4,drive=card0,vf-drives=card1:card2:card3:card4 -device virtio-net-pf,id=pf2,bus=rp2,vfs=2,vf-queues=2
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vfio.sh
. tools/testing/lab/scenarios/lib/vfio_user.sh

timeout_ms=$((1500 * slower))
# A command, and one that is to undo it, end after two of those; on a busy machine that
# takes longer, and what hangs would not end at all
soon=$((10000 * slower))

# states of vfio
error=0 stop=1 running=2 stop_copy=3 resuming=4 p2p=5 pre_copy=6

# is NAME STATE: it is in that state
is() { gives "$1" state "$2" $soon; }

# to NAME STATE: it gets there
to() { gives "$1" "state $2" 0 $soon && is "$1" "$2"; }

# whatever state it is in: a reset mends
mends() { gives "$1" reset 0 $soon && is "$1" $running && gives "$1" decode 0 $soon && gives "$1" "r 18 1" 0 $soon; }

fault() { card faults pf0 "$1" >"$tmp/fault"; }

# save_to FILE: a's state, which stays stopped
save_to() {
	rm -f "$1"
	to a $stop_copy && do_as a "save $1" && [ "$value" -gt 100 ] && to a $stop
}

# --- the device does not stop, or does not say so ---

not_answered() {
	fault 'vf0:mute;vf0:only=17'
	gives a "state $p2p" -110 $soon && is a $error || return 1
	gives a "state $running" -22 $soon || return 1
	fault ''
	mends a
}

late() {
	fault 'vf0:mode-late-ms=200'
	to a $p2p && to a $running || return 1
	fault ''
}

refused() {
	fault 'vf0:status=22;vf0:only=17'
	gives a "state $p2p" -22 $soon && is a $running || return 1
	fault ''
	to a $p2p || return 1
	fault 'vf0:status=22;vf0:only=17'
	gives a "state $running" -22 $soon && is a $p2p || return 1
	fault ''
	to a $running
}

# The state after a reset is the new one, also while the command is on its way that brings it about
reset_is_waited_for() {
	to a $p2p || return 1
	fault 'vf0:late-ms=1000;vf0:only=17'
	gives a reset 0 $soon && wait_for 20 on_its_way 0 && is a $running || return 1
	fault ''
}

# --- its parts ---

# The guest goes on where it is: save_fails FAULT ERROR
save_fails() {
	fault "$1"
	gives a "state $stop_copy" "$2" $((soon * 2)) && is a $stop || return 1
	fault ''
	to a $running && save_to "$tmp/good" && to a $running
}

# not seen by the source's driver: the destination's device refuses, and is as before
set_fails() {
	fault "vf0:parts=$1"
	save_to "$tmp/$1" || return 1
	fault ''
	to a $running || return 1
	mends b && gives b "w 18 1 3" 0 $soon && to b $resuming && gives b "load $tmp/$1" 0 $soon || return 1
	gives b "state $stop" -22 $soon && is b $resuming && gives b "r 18 1" 3 $soon || return 1
	mends b
}

set_not_answered() {
	to b $resuming && gives b "load $tmp/good" 0 $soon || return 1
	fault 'vf1:mute;vf1:only=16'
	gives b "state $stop" -110 $soon && is b $resuming || return 1
	fault ''
	to b $stop && to b $running
}

# on_its_way VF: the owner waits for a command
on_its_way() { grep -qE '^(bulk_)?slots_held [1-9]' /sys/kernel/debug/virtio_pci*/"$pf/vf$1"; }

# reset_while_set FAULT: a function level reset while b's parts are on their way. Whether the card
# sets them before or after that, nothing of them is left.
reset_while_set() {
	local answers
	to b $resuming && gives b "load $tmp/good" 0 $soon || return 1
	echo $((soon * 6)) | tee /sys/module/virtio_pci*/parameters/admin_timeout_ms >"$tmp/tee"
	fault "vf1:$1;vf1:only=16"
	say_to b "& state $stop"
	wait_for 20 on_its_way 1 || return 1
	gives b reset 0 $soon || return 1
	fault ''
	answer_of b
	echo $timeout_ms | tee /sys/module/virtio_pci*/parameters/admin_timeout_ms >"$tmp/tee"
	answers="$value, $(do_as b state && echo "$value")"
	[ "$answers" = "-125, $running" ] || { echo "# setting the parts gave, and then the state was: $answers"; return 1; }
	gives b decode 0 $soon && gives b "r 18 1" 0 $soon && gives b "r 8 4" 0 $soon && mends b
}

# --- the owner ---

unbind_upper() {
	virtio=$(basename "$(echo "/sys/bus/pci/devices/$pf/virtio"*)")
	echo "$virtio" >/sys/bus/virtio/drivers/virtio_net/unbind
}
bind_upper() { echo "$virtio" >/sys/bus/virtio/drivers/virtio_net/bind; }

owner_is_reset() {
	to a $pre_copy && unbind_upper || return 1
	gives a "state $stop_copy" -19 $soon || return 1
	bind_upper
	to a $stop_copy && do_as a "save $tmp/reset" && [ "$value" -gt 100 ] && to a $running
}

owner_away_when_resumed() {
	to b $resuming && gives b "load $tmp/good" 0 $soon && unbind_upper || return 1
	gives b "state $stop" -19 $soon && is b $resuming || return 1
	bind_upper
	to b $stop && to b $running
}

# --- users that go ---

# opens NAME ADDRESS: as open_user, leaving nothing behind if it cannot
opens() {
	open_user "$@" && return
	eval "exec ${in_of[$1]}>&- ${out_of[$1]}<&-"
	wait "${pid_of[$1]}"
}
unresumed() { dmesg | grep -F "${vfs[0]}: migration: cannot resume the stopped device"; }

# stopped, and it does not answer when its user goes; then it does
closed_unanswered() {
	to a $stop || return 1
	fault 'vf0:mute;vf0:only=17'
	dies a $((soon + 3000)) || return 1
	wait_for 20 unresumed && ! opens a "${vfs[0]}" || return 1
	fault ''
	wait_for 20 opens a "${vfs[0]}" || return 1
	is a $running && gives a "w 18 1 1" 0 $soon && gives a "r 18 1" 1 $soon
}

killed_in_a_change() {
	echo $((soon * 6)) >/sys/module/virtio_pci*/parameters/admin_timeout_ms
	fault 'vf0:mute;vf0:only=17'
	say_to a "state $stop"
	sleep 0.5
	# it dies at once; closing waits for the owner no longer than for one command
	echo $timeout_ms >/sys/module/virtio_pci*/parameters/admin_timeout_ms
	dies a $((soon + 3000)) || return 1
	fault ''
	wait_for 20 opens a "${vfs[0]}" && is a $running
}

# --- what does not fit ---

# foreign ADDRESS: the stream of b's device in that VF
foreign() {
	open_user other "$1" && to other $resuming || return 1
	do_as other "load $tmp/good"
	[ "$value" = -22 ] || do_as other "state $stop"
	[ "$value" = -22 ] && is other $resuming && mends other && close_user other
}


# --- where virtio_pci is built in ---

# VFs of its PFs cannot migrate: one line says so, vfio has no such feature
built_in_has_none() {
	transitional rp0 1 || return 1
	dmesg | grep -F "$vf: no migration: this kernel's virtio_pci has no device parts" >"$tmp/said"
	[ "$(wc -l <"$tmp/said")" = 1 ] || return 1
	open_user none "$vf" && gives none state -25 $soon && gives none "state $stop" -25 $soon &&
		close_user none && set_vfs "$pf" 0
}

start
modprobe -a vfio-pci virtio-vfio-pci
if has_own_owner; then
	check_that "a VF of the built-in driver's PF cannot migrate, and one line says why" built_in_has_none
	check_that "virtio_pci_owner has the PFs" owned rp0 rp1 rp2
fi
# the programs on the NIC: to the driver a disk differs by its configuration space only
for type in net:rp0 blk:rp1; do
	IFS=: read -r name port <<<"$type"
	check_that "$name: driverctl binds virtio-vfio-pci" transitional "$port" 2
	[ "$name" = "${VFIO_MIGRATE:-net}" ] || continue
	export VFIO_DEVICE=${vfs[0]} VFIO_PEER=${vfs[1]}
	for program in migrate migrate_race migrate_stream migrate_bad; do
		results_of "$name" "$VFIO_TESTS/${program}_test"
	done
done
disk=$vf
check_that "a card with more queues" transitional rp2 1
larger=$vf

pf=$(pf_of rp0)
mapfile -t vfs < <(vfs_of "$pf")
echo $timeout_ms | tee /sys/module/virtio_pci*/parameters/admin_timeout_ms >"$tmp/tee"
open_user a "${vfs[0]}"
open_user b "${vfs[1]}"
check_that "a mode that is not answered is ERROR in time, and a reset mends" not_answered
check_that "one that comes late is waited for" late
check_that "one that is refused leaves the state" refused
check_that "the state after a reset is waited for" reset_is_waited_for
while IFS=, read -r text faults want; do
	check_that "saving fails in time, and goes well afterwards: $text" save_fails "$faults" "$want"
done <<'END'
parts are cut off,vf0:parts=cut,-5
parts are more than the device said,vf0:parts=grown,-12
there is one more than it said,vf0:parts=doubled,-12
parts are not given,vf0:mute;vf0:only=15,-110
there are no objects,vf0:status=28;vf0:only=10,-28
nothing is written,vf0:short-used=0;vf0:only=15,-5
END
for fault in reordered foreign unknown; do
	check_that "parts that are $fault: the other device refuses, and is as before" set_fails $fault
done
check_that "parts whose setting was not answered can be set again" set_not_answered
check_that "a function level reset while parts are set that the card sets at once" reset_while_set late-ms=$((soon / 4))
check_that "and while it sets them after that" reset_while_set mute
check_that "the PF is reset while a VF is saved" owner_is_reset
check_that "the PF has no driver for a while when a VF is resumed" owner_away_when_resumed
check_that "a user goes, and its device does not go on: nobody opens it before it does" closed_unanswered
check_that "a user is killed in a change of state" killed_in_a_change
check_that "a disk does not take a NIC's state" foreign "$disk"
check_that "nor does a NIC with more queues" foreign "$larger"
close_user a
close_user b
finish
