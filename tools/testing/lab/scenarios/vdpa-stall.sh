#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-stall
# about: a device that does not answer holds up requests for itself and nobody else; one that comes or goes is not found
# when: full
# limit: 120
# where: vm
# kernel: 6.1
# device:
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/vdpa.sh

stall=/sys/module/vdpa_sim/parameters/stall_ms
held_ms=$((20000 * slower))

# within MS COMMAND...: it succeeds in that time
within() {
	local limit=$1 start end
	shift
	start=$(date +%s%3N)
	"$@" >"$tmp/out" 2>&1 || { sed 's/^/# /' "$tmp/out"; return 1; }
	end=$(date +%s%3N)
	echo "# $((end - start)) ms: $*"
	[ $((end - start)) -lt "$limit" ]
}
lists_without_config() {
	within 5000 vdpa dev config show &&
		grep -q '^free: mac' "$tmp/out" && grep -q '^stuck:' "$tmp/out" &&
		! grep -q '^stuck: mac' "$tmp/out"
}
# refused REASON COMMAND...: it fails at once, for that reason
refused() {
	local reason=$1
	shift
	! within 5000 "$@" >"$tmp/refused" && grep -q "$reason" "$tmp/refused" ||
		{ sed 's/^/# /' "$tmp/refused"; return 1; }
}
# not_found NAME: by whatever command, and its name is not free
not_found() {
	refused "No such device" vdpa dev show "$1" &&
		refused "No such device" vdpa dev config show "$1" &&
		refused "No such device" vdpa dev del "$1" &&
		refused "File exists" vdpa dev add name "$1" mgmtdev vdpasim_net &&
		within 5000 vdpa dev show && ! grep -q "^$1:" "$tmp/out"
}
# killed COMMAND...: it has not ended by itself, and ends when it is killed
killed() {
	local pid
	"$@" >"$tmp/killed" 2>&1 &
	pid=$!
	sleep 0.2
	kill -KILL $pid && within 1500 tail --pid=$pid -f /dev/null
}
opens() { exec sh -c "exec 3<>/dev/$(basename /sys/bus/vdpa/devices/"$1"/vhost-vdpa-*)"; }
does_not_answer() { refused "busy\|not answer" vdpa dev config show stuck; }

plan 23
vdpa_load vdpa_sim_net vdpa_sim_blk vhost_vdpa
vdpa dev add name stuck mgmtdev vdpasim_net
vdpa dev add name free mgmtdev vdpasim_net

echo $held_ms >$stall
check_that "a request for its configuration can be killed" killed vdpa dev config show stuck
check_that "who asks for its configuration is told that it does not answer" does_not_answer
echo 0 >$stall
since=$(date +%s%3N)
check_that "devices are listed" within 5000 vdpa dev show
check_that "configurations are, but for the one" lists_without_config
check_that "another one's configuration" within 5000 vdpa dev config show free
check_that "add by the same management device" within 5000 vdpa dev add name more mgmtdev vdpasim_net
check_that "add by another" within 5000 vdpa dev add name disk mgmtdev vdpasim_blk
check_that "delete" within 5000 vdpa dev del more
check_that "a process that opens it too" killed opens stuck
late=$(($(date +%s%3N) - since))
echo "# $late ms after the start"
check_that "all that while it had not answered" does_not_answer
check_that "its deletion ends what it was asked" within 5000 vdpa dev del stuck
check_that "its name is free" vdpa dev add name stuck mgmtdev vdpasim_net
vdpa dev del stuck

# a parent whose answer is waited for, as it does not end that wait when the device is deleted
vdpa_load vdpa_exercise
hang=128
hangs() {
	echo "$1" >/sys/module/vdpa_exercise/parameters/linger_ms
	vdpa dev add name stuck mgmtdev vdpaexercise &&
		echo $hang >/sys/bus/vdpa/devices/stuck/fail && does_not_answer
}
check_that "another parent's device does not answer" hangs $held_ms
vdpa dev del stuck &
deleting=$!
wait_for 5 refused "No such device" vdpa dev show stuck
check_that "while it is being deleted it is not found, but its name is taken" not_found stuck
check_that "for what it was asked is waited for" kill -0 $deleting
wait $deleting

# its management device goes while somebody deletes it: one of them does
check_that "and then its name is free: one more does not answer" hangs $((held_ms / 2))
vdpa dev del stuck &
deleting=$!
wait_for 5 refused "No such device" vdpa dev show stuck
check_that "a management device goes while its device is being deleted" \
	eval "kill -0 $deleting && rmmod vdpa_exercise"
check_that "which is deleted once" wait $deleting
rmmod vdpa_sim_net
rmmod vdpa_sim_blk vdpa_sim vhost_vdpa

# a driver that takes its time with a device that has just come
modprobe -a vdpa_exercise virtio_vdpa
modprobe vdpa_exercise_driver probe_ms=$((8000 * slower))
check_that "a device whose driver takes its time is added" \
	within 4000 vdpa dev add name slow mgmtdev vdpaexercise
check_that "and found" within 4000 vdpa dev config show slow
# its attributes come when its probe has succeeded
no_driver() { ! ls /sys/bus/virtio/drivers/vdpa_exercise_driver/virtio*/affinity >"$tmp/out" 2>&1; }
check_that "all that while its driver was not ready" no_driver
check_that "removal waits for that driver" vdpa dev del slow
check_that "and is complete" fails "no such device" vdpa dev show slow
rmmod vdpa_exercise_driver virtio_vdpa vdpa_exercise vdpa
