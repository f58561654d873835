#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-affinity
# about: a kernel driver on virtio_vdpa: where its queues are served, its device fails in each way, its probe too
# limit: 120
# where: vm
# kernel: 6.1
# device: -smp 2,maxcpus=8
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/vdpa.sh

device=/sys/bus/vdpa/devices/e0
told=$device/queues
driver=/sys/bus/virtio/drivers/vdpa_exercise_driver
affinity() { echo "$driver"/virtio*/affinity; }
has_driver() { [ -e "$(affinity)" ]; }
no_driver() { ! has_driver; }

# is FILE LINE...: that is all it says
is() {
	local file=$1
	shift
	printf '%s\n' "$@" | diff - "$file" >"$tmp/diff" || { sed 's/^/# /' "$tmp/diff"; return 1; }
}
# processors N: what the device is told of queue N
processors() { awk -v queue="$1" '$1 == queue { print $5 }' $told; }
# wished QUEUE LIST SEEN: both sides see it, SEEN is the driver's
wished() {
	echo "$1 $2" >"$(affinity)" && grep -qx "$1 $3" "$(affinity)" &&
		[ "$(processors "$1")" = "${3/any/}" ] ||
		{ sed 's/^/# /' $told "$(affinity)"; return 1; }
}
takes_device() { basename $device/virtio* 2>"$tmp/err" >$driver/bind && has_driver; }
refuses_device() { ! takes_device && no_driver; }
# config BYTES: so many are written and read by the driver, in hexadecimal
config() { echo "$1" >"${driver:?}"/virtio*/config && cat "$driver"/virtio*/config; }
zeroes() { printf "%0$((2 * $1))d\n" 0; }
refused() { ! echo "$1" 2>"$tmp/err" >"$(affinity)"; }

plan 51
vdpa_load vdpa_exercise virtio_vdpa vdpa_exercise_driver
# 6.12 and newer take processors that may be plugged in only of hypervisors that they know
case ${LAB_KERNEL:-} in
6.1) possible=0-7 first=0,2-4 second=1,5-7 ;;
*) possible=0-1 first=0 second=1 ;;
esac
check_that "two processors, of $possible" \
	[ "$(cat /sys/devices/system/cpu/present /sys/devices/system/cpu/possible | xargs)" = "0-1 $possible" ]
vdpa dev add name e0 mgmtdev vdpaexercise
check_that "a driver takes the device" wait_for 10 has_driver
# packed rings start with both wrap counters set; of five queues two are spread, the others
# are counted out (the first and the fourth) or never interrupt (the last)
check_that "the device is told where rings start, and where two of its queues go" is $told \
	"0 ready 0,1 0,1 " "1 ready 0,1 0,1 $first" "2 ready 0,1 0,1 $second" "3 ready 0,1 0,1 " "4 ready 0,1 0,1 "
check_that "the driver sees the same" is "$(affinity)" "0 any" "1 $first" "2 $second" "3 any" "4 any"
check_that "a wish of the driver's own" wished 0 0-1 0-1
check_that "another one in its place" wished 0 1 1
check_that "and none" wished 0 any any
check_that "for a queue that is not there" refused "7 0"
# the space has 32 bytes; the first says what fails, for it not to be all zeroes
echo 2 >$device/fail
check_that "all of the configuration space is read" eval '[[ $(config 32) =~ ^02000000[0-9a-f]{56}$ ]]'
check_that "a byte beyond it, and zeroes are" eval '[ "$(config 33)" = "$(zeroes 33)" ]'
check_that "far beyond it as well" eval '[ "$(config 64)" = "$(zeroes 64)" ]'
check_that "the device was asked for nothing that it has not" [ "$(cat $device/beyond)" = 0 ]
echo 0 >$device/fail
basename "$driver"/virtio* >$driver/unbind
check_that "the driver goes" wait_for 10 no_driver
check_that "its wishes and those made for it go with it" is $told \
	"0 - 0,0 0,0 " "1 - 0,0 0,0 " "2 - 0,0 0,0 " "3 - 0,0 0,0 " "4 - 0,0 0,0 "
# one of five queues does not start: the others are stopped again, and the driver gives up
echo 4 >$device/fail
check_that "a driver fails of a queue" refuses_device
check_that "none of its queues is left running" eval "! grep ready $told"
echo 0 >$device/fail
check_that "the next time it comes" takes_device
check_that "with all of its queues" [ "$(grep -c ready $told)" = 5 ]
basename "$driver"/virtio* >$driver/unbind
# a queue of size 0 is not there
echo 32 >$device/fail
check_that "a driver that wants a queue that is not there fails" refuses_device
check_that "no queue is left running then" eval "! grep ready $told"
# a device that cannot stop one queue is reset, for its queues' memory goes
echo 64 >$device/fail
echo 1 >/sys/module/vdpa_exercise_driver/parameters/fail_probe
check_that "a driver fails, and its queues cannot be stopped" refuses_device
check_that "they are stopped by a reset" eval "! grep ready $told"
check_that "after which the driver's core says that it failed" [ "$(cat $device/status)" = 0x80 ]
echo 0 >/sys/module/vdpa_exercise_driver/parameters/fail_probe
echo 0 >$device/fail
check_that "it comes again" takes_device
basename "$driver"/virtio* >$driver/unbind
# another one fails later, and forgets to reset it: what it asked for ends with its queues
parameters=/sys/module/vdpa_exercise_driver/parameters
echo 1 >$parameters/fail_probe
check_that "a driver fails when the device runs" refuses_device
check_that "its interrupt is not wanted any more" [ "$(cat $device/interrupt)" = - ]
check_that "the device is told that it failed" [ "$(cat $device/status)" = 0x8f ]
echo e0 >$device/driver/unbind
echo 1 >$device/interrupt
check_that "without virtio_vdpa it is in reset" [ "$(cat $device/status)" = 0x0 ]
echo 0 >$parameters/fail_probe
echo e0 >/sys/bus/vdpa/drivers_probe
check_that "and works again" wait_for 10 has_driver
check_that "its interrupt is wanted" [ "$(cat $device/interrupt)" = wanted ]
echo 1 >$device/interrupt

# notifications with data: only for a driver and a parent that both can
bit() { cut -c$(($1 + 1)) "$driver"/virtio*/features; }
# notifies DATA FEATURE KICKED: the device has this parameter, the driver the feature or not, and
# one notification comes
notifies() {
	vdpa dev del e0
	echo "$1" >/sys/module/vdpa_exercise/parameters/data
	vdpa dev add name e0 mgmtdev vdpaexercise
	wait_for 10 has_driver && echo 1 >"$(echo "$driver"/virtio*/kick)" || return 1
	echo "# feature $(bit 38), kicked $(cat $device/kicked)"
	[ "$(bit 38)" = "$2" ] && [ "$(cat $device/kicked)" = "$3" ]
}
check_that "a device without the feature is notified without data" notifies 0 0 "1 0x0"
case ${LAB_KERNEL:-} in
# its ring code knows no such notifications
6.1) check_that "one that offers it too, by this kernel" notifies 1 0 "1 0x0" ;;
*) check_that "one that offers it gets where the buffers end" notifies 1 1 "0 0x80010001" ;;
esac
check_that "without the operation it is offered to no driver" notifies 2 0 "1 0x0"
echo 0 >/sys/module/vdpa_exercise/parameters/data

# its parent finds out that it does not answer any more
broken() { [ "$(cat "$driver"/virtio*/broken)" = "$1" ]; }
check_that "no queue is broken" broken ""
echo 16 >$device/fail
check_that "a device that breaks has all its queues broken" wait_for 10 broken "0 1 2 3 4 "
basename "$driver"/virtio* >$driver/unbind
echo 0 >$device/fail
check_that "the driver's reset mends it" takes_device
check_that "and its queues" broken ""
vdpa dev del e0

# one that maps memory by itself, perhaps into a buffer of its own
needs_sync() { [ "$(cat "$driver"/virtio*/need_sync)" = "$1" ]; }
echo 1 >/sys/module/vdpa_exercise/parameters/dma
vdpa dev add name e0 mgmtdev vdpaexercise
check_that "a device that maps memory itself" wait_for 10 has_driver
check_that "its driver synchronises it" needs_sync 1
# it cannot use a kernel driver's addresses: nothing has changed then, and another attempt works
identity() { [ "$(cat $device/identity)" = "$1" ] || ! sed 's/^/# /' $device/identity; }
said() { dmesg | grep -q "$1"; }
check_that "it uses the driver's addresses" identity 1
echo e0 >$device/driver/unbind
check_that "without the driver it uses the mappings again" identity 0
echo 256 >$device/fail
dmesg --clear
echo e0 >/sys/bus/vdpa/drivers_probe
check_that "one that cannot use them: the log says why there is no virtio device" \
	wait_for 10 said "e0: no virtio device registered: -5"
check_that "there is none" eval '! ls $device/virtio* 2>"$tmp/none"'
check_that "its translation is as before" identity 0
echo e0 >$device/driver/unbind
check_that "and so it is without the driver" identity 0
echo 0 >$device/fail
echo e0 >/sys/bus/vdpa/drivers_probe
check_that "the next time the driver comes" wait_for 10 has_driver
check_that "its translation is the driver's" identity 1
check_that "and mapping is the device's own" needs_sync 1
echo 256 >$device/fail
echo e0 >$device/driver/unbind
echo e0 >/sys/bus/vdpa/drivers_probe
wait_for 10 said "no virtio device registered: -5"
check_that "a device without a virtio device is deleted" vdpa dev del e0
echo 1 >/sys/module/vdpa_exercise/parameters/physical
vdpa dev add name e0 mgmtdev vdpaexercise
wait_for 10 ls $device/virtio*
check_that "one whose features forbid that has no kernel driver" refuses_device
check_that "the log says why" eval "dmesg | grep -q 'without VIRTIO_F_ACCESS_PLATFORM'"
vdpa dev del e0
rmmod vdpa_exercise_driver virtio_vdpa vdpa_exercise vdpa
