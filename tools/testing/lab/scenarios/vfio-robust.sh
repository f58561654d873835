#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-robust
# about: VFs in use while their user is killed, the device is silent or slow, VFs or their PF go
# limit: 400
# where: vm
# kernel: 6.1
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vfio.sh
. tools/testing/lab/scenarios/lib/vfio_user.sh

# of a command; what does not wait for one takes milliseconds, on a busy machine a second
timeout_ms=$((8000 * slower))
soon_ms=$((6000 * slower))
vfs_wanted=3

start
check_that "VFs" transitional rp0 $vfs_wanted
echo $timeout_ms >/sys/module/virtio_pci/parameters/admin_timeout_ms

# one VF is mute
open_user a "${vfs[0]}"
open_user b "${vfs[1]}"
check_that "its first notification, which queries the device" gives a "w 16 2 0" 0 $soon_ms
card faults pf0 'vf0:mute'
say_to a "r 18 1"
sleep 0.2
check_that "another VF answers while one is mute" gives b "r 18 1" 0 $soon_ms
check_that "and goes on" gives b "w 18 1 1" 0 $soon_ms
answer_of a
check_that "the mute one's access ends with a time-out" [ "$value" = -110 ]
check_that "in time" [ "$ms" -lt $((timeout_ms * 2)) ]
say_to a "& w 18 1 1"
sleep 0.2
check_that "its notifications wait for nobody" gives a "w 16 2 0" 0 $soon_ms
check_that "its configuration space neither" gives a "c 2 2" 4096 $soon_ms
answer_of a
check_that "not even for this access, which timed out" [ "$value" -lt 0 ]
card faults pf0 ''
sleep 0.2
check_that "it works when it answers again" gives a "reset" 0 $soon_ms
close_user a
close_user b
check_that "the first VF works" works "${vfs[0]}"

# a user is killed in the middle of a command
open_user a "${vfs[0]}"
card faults pf0 'vf0:mute'
say_to a "r 18 1"
sleep 0.2
check_that "a user in a command dies at once" dies a $soon_ms
card faults pf0 ''
check_that "its VF works" works "${vfs[0]}"

# a slow device
card faults pf0 'vf0:late-ms=300'
open_user a "${vfs[0]}"
do_as a "r 18 1"
check_that "a slow device's answer is waited for" [ "$value" = 0 ]
say_to a "r 0 4"
sleep 0.1
check_that "a user of a slow device dies at once" dies a $soon_ms
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
check_that "a command that is to be repeated is" gives a "r 18 1" 0 $soon_ms
card faults pf0 'vf0:short-used=4'
do_as a "r 18 1"
check_that "a short answer is an error" [ "$value" -lt 0 ]
card faults pf0 ''
check_that "and no more when it is over" gives a "r 18 1" 0 $soon_ms
close_user a

# the host resets the function
open_user a "${vfs[0]}"
do_as a "w 18 1 1"
echo 1 >"/sys/bus/pci/devices/${vfs[0]}/reset"
check_that "a reset by the host turns decoding off" gives a "r 18 1" -5 $soon_ms
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

if [[ $LAB_KERNEL = *-debug ]]; then
	skip "the PF's driver unbound while a VF is open" \
		"7.3 itself warns when any driver's remove() disables VFs"
else
	open_user a "${vfs[0]}" obey
	check_that "the PF's driver unbound while a VF is open" \
		ends_within 20 "echo $pf >/sys/bus/pci/drivers/virtio-pci/unbind"
	close_user a
	check_that "the PF's driver is back" \
		ends_within 20 "echo $pf >/sys/bus/pci/drivers/virtio-pci/bind"
	check_that "VFs again" transitional rp0 $vfs_wanted
	check_that "they work" works "${vfs[2]}"
fi

# a user that does not care
open_user a "${vfs[0]}"
echo 0 >"/sys/bus/pci/devices/$pf/sriov_numvfs" &
disable=$!
sleep 1
check_that "VFs cannot go while a user does not give up" kill -0 $disable
do_as a "r 18 1"
check_that "whose accesses end meanwhile" [ "$value" != none ]
check_that "until it is killed" dies a $soon_ms
check_that "then they go" wait $disable

# the PF's registers are gone
check_that "VFs again" transitional rp0 $vfs_wanted
open_user a "${vfs[0]}"
card faults pf0 'pf:gone'
do_as a "r 18 1"
check_that "with a PF that is gone an access is an error" [ "$value" -lt 0 ]
check_that "in time" [ "$ms" -lt $((timeout_ms * 3)) ]
check_that "its user dies" dies a $soon_ms
card faults pf0 ''
finish
