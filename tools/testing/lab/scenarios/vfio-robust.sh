#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-robust
# about: VFs in use while their user is killed, the device is silent or slow, VFs or their PF go
# limit: 240
# where: vm
# kernel: 6.1
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vfio.sh

timeout_ms=1000
vfs_wanted=3

# open_user NAME ADDRESS [obey]: a user of a VF that do_as, answer_of speak with
declare -A in_of out_of pid_of
open_user() {
	local name=$1 answer
	shift
	mkfifo "$tmp/$name.in" "$tmp/$name.out"
	"$VFIO_TESTS/user" "$@" <"$tmp/$name.in" >"$tmp/$name.out" &
	pid_of[$name]=$!
	exec {fd}>"$tmp/$name.in"
	in_of[$name]=$fd
	exec {fd}<"$tmp/$name.out"
	out_of[$name]=$fd
	rm "$tmp/$name.in" "$tmp/$name.out"
	read -r -t 10 -u "${out_of[$name]}" answer && [ "$answer" = open ] ||
		{ echo "# $name: $answer"; return 1; }
}

say_to() { echo "$2" >&"${in_of[$1]}"; }
answer_of() { read -r -t 20 -u "${out_of[$1]}" value ms || { value=none ms=0; }; }

# do_as NAME COMMAND: $value is what came of it, $ms how long it took
do_as() {
	say_to "$1" "$2"
	answer_of "$1"
}

# gives NAME COMMAND VALUE MS: this value, in at most this time
gives() {
	do_as "$1" "$2"
	[ "$value" = "$3" ] && [ "$ms" -le "$4" ] ||
		{ echo "# $1: '$2' gave $value after $ms ms, expected $3 within $4"; return 1; }
}

# other users have its input open too: they came after it
close_user() {
	say_to "$1" quit 2>/dev/null || echo "# $1 is gone already"
	eval "exec ${in_of[$1]}>&- ${out_of[$1]}<&-"
	wait "${pid_of[$1]}" || :
}

# dies NAME MS: how long a killed user needs to be gone, commands and all
dies() {
	local start end=0
	start=$(date +%s%3N)
	kill -9 "${pid_of[$1]}"
	wait "${pid_of[$1]}" || end=$?
	eval "exec ${in_of[$1]}>&- ${out_of[$1]}<&-"
	[ $end = 137 ] && [ $(($(date +%s%3N) - start)) -le "$2" ] ||
		{ echo "# status $end after $(($(date +%s%3N) - start)) ms"; return 1; }
}

works() {
	open_user probe "$1" && gives probe "w 18 1 1" 0 500 && gives probe "r 18 1" 1 500 &&
		close_user probe
}

start
check_that "VFs" transitional rp0 $vfs_wanted
echo $timeout_ms >/sys/module/virtio_pci/parameters/admin_timeout_ms

# one VF is mute
open_user a "${vfs[0]}"
open_user b "${vfs[1]}"
card faults pf0 'vf0:mute'
say_to a "r 18 1"
sleep 0.2
check_that "another VF answers while one is mute" gives b "r 18 1" 0 200
check_that "and goes on" gives b "w 18 1 1" 0 200
answer_of a
check_that "the mute one's access ends with a time-out" [ "$value" = -110 ]
check_that "in time" [ "$ms" -lt $((timeout_ms * 2)) ]
say_to a "& w 18 1 1"
sleep 0.2
check_that "its notifications wait for nobody" gives a "w 16 2 0" 0 100
check_that "its configuration space neither" gives a "c 2 2" 4096 100
answer_of a
check_that "not even for this access, which timed out" [ "$value" -lt 0 ]
card faults pf0 ''
sleep 0.2
check_that "it works when it answers again" gives a "reset" 0 2000
close_user a
close_user b
check_that "the first VF works" works "${vfs[0]}"

# a user is killed in the middle of a command
open_user a "${vfs[0]}"
card faults pf0 'vf0:mute'
say_to a "r 18 1"
sleep 0.2
check_that "a user in a command dies at once" dies a 500
card faults pf0 ''
check_that "its VF works" works "${vfs[0]}"

# a slow device
card faults pf0 'vf0:late-ms=300'
open_user a "${vfs[0]}"
do_as a "r 18 1"
check_that "a slow device's answer is waited for" [ "$value" = 0 ]
say_to a "r 0 4"
sleep 0.1
check_that "a user of a slow device dies at once" dies a 500
card faults pf0 ''
check_that "its VF works" works "${vfs[0]}"

# device errors
open_user a "${vfs[0]}"
for status in 22 11 5 65535; do
	card faults pf0 "vf0:status=$status"
	do_as a "r 18 1"
	check_that "status $status of the device is an error" [ "$value" -lt 0 ]
	check_that "and an errno" [ "$value" -gt -4096 ]
done
card faults pf0 'vf0:eagain-once'
check_that "a command that is to be repeated is" gives a "r 18 1" 0 500
card faults pf0 'vf0:short-used=4'
do_as a "r 18 1"
check_that "a short answer is an error" [ "$value" -lt 0 ]
card faults pf0 ''
check_that "and no more when it is over" gives a "r 18 1" 0 500
close_user a

# the host resets the function
open_user a "${vfs[0]}"
do_as a "w 18 1 1"
echo 1 >"/sys/bus/pci/devices/${vfs[0]}/reset"
check_that "a reset by the host turns decoding off" gives a "r 18 1" -5 500
close_user a

# users that are asked and give the device up
ends_within() { timeout "$1" bash -c "$2"; }

open_user a "${vfs[0]}" obey
open_user b "${vfs[1]}" obey
check_that "VFs disabled while open" ends_within 20 "echo 0 >/sys/bus/pci/devices/$pf/sriov_numvfs"
answer_of a
check_that "their users were asked" [ "$value" = asked ]
close_user a
close_user b
check_that "VFs again" transitional rp0 $vfs_wanted
check_that "they work" works "${vfs[1]}"

open_user a "${vfs[0]}" obey
check_that "the PF's driver unbound while a VF is open" \
	ends_within 20 "echo $pf >/sys/bus/pci/drivers/virtio-pci/unbind"
close_user a
check_that "the PF's driver is back" ends_within 20 "echo $pf >/sys/bus/pci/drivers/virtio-pci/bind"
check_that "VFs again" transitional rp0 $vfs_wanted
check_that "they work" works "${vfs[2]}"

# a user that does not care
open_user a "${vfs[0]}"
echo 0 >"/sys/bus/pci/devices/$pf/sriov_numvfs" &
disable=$!
sleep 1
check_that "VFs cannot go while a user does not give up" kill -0 $disable
do_as a "r 18 1"
check_that "whose accesses end meanwhile" [ "$value" != none ]
check_that "until it is killed" dies a 500
check_that "then they go" wait $disable

# the PF's registers are gone
check_that "VFs again" transitional rp0 $vfs_wanted
open_user a "${vfs[0]}"
card faults pf0 'pf:gone'
do_as a "r 18 1"
check_that "with a PF that is gone an access is an error" [ "$value" -lt 0 ]
check_that "in time" [ "$ms" -lt $((timeout_ms * 3)) ]
check_that "its user dies" dies a 2000
card faults pf0 ''
finish
