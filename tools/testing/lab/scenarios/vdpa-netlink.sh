#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-netlink
# about: a device that does not answer holds up nobody's generic netlink, not even when a module with a family is loaded meanwhile
# limit: 180
# when: full
# where: vm
# kernel: 6.1
# device:
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/vdpa.sh

stall=/sys/module/vdpa_sim/parameters/stall_ms
# modules that register a generic netlink family, and need nothing
families="nbd macsec wireguard team ila l2tp_netlink fou tipc"

# within MS COMMAND...: it ends in that time; its status
within() {
	local limit=$1 start end status=0
	shift
	start=$(date +%s%3N)
	"$@" >"$tmp/out" 2>&1 || status=$?
	end=$(date +%s%3N)
	echo "# $((end - start)) ms: $*"
	[ $((end - start)) -lt "$limit" ] && return $status
}
# silent COMMAND...: it fails in time, for the reason that there is no answer
silent() {
	! within 5000 "$@" && grep -qi "does not answer\|busy" "$tmp/out" || { sed 's/^/# /' "$tmp/out"; return 1; }
}
# loads_beside COMMAND...: it is under way, a module with a family is loaded, and others' requests
# end in time
loads_beside() {
	local asking loading status=0
	"$@" >"$tmp/beside" 2>&1 &
	asking=$!
	sleep 0.5
	modprobe "$family" &
	loading=$!
	sleep 0.5
	within 5000 vdpa dev show || status=1
	within 5000 ethtool -k lo || status=1
	within 5000 tail --pid=$loading -f /dev/null || status=1
	wait $loading || status=1
	wait $asking || sed 's/^/# /' "$tmp/beside"
	modprobe -r "$family"
	return $status
}
lists_all() {
	within 5000 vdpa dev config show && [ "$(grep -c '^m[0-9]*:' "$tmp/out")" = 40 ] &&
		! grep -q ': mac' "$tmp/out"
}

plan 14
family=
for module in $families; do
	! modinfo "$module" >"$tmp/modinfo" 2>&1 || { family=$module; break; }
done
echo "# the module with a family is $family"
[ -n "$family" ]
vdpa_load vdpa_sim_net
vdpa dev add name stuck mgmtdev vdpasim_net
vdpa dev add name free mgmtdev vdpasim_net

echo $((30000 * slower)) >$stall
check_that "its configuration is asked for, a module is loaded" loads_beside vdpa dev config show stuck
echo 0 >$stall
check_that "who asks is told that it does not answer" silent vdpa dev config show stuck
# iproute2 6.1 reports this error, but not in its exit status
check_that "who asks for figures too" silent sh -c 'vdpa dev vstats show stuck qidx 0; false'
check_that "another one's configuration" within 5000 vdpa dev config show free
# until it has answered nobody removes it
wait_for 60 vdpa dev config show stuck
check_that "it answers again" says "stuck: mac" vdpa dev config show stuck

# a simulated device ends what it was asked when it is deleted
echo $((30000 * slower)) >$stall
! within 5000 vdpa dev config show stuck || echo "# it answered"
echo 0 >$stall
check_that "it is deleted while it does not answer, a module is loaded" \
	loads_beside within 5000 vdpa dev del stuck
vdpa dev del free

# many of them cost little more than one
for n in {1..40}; do
	vdpa dev add name "m$n" mgmtdev vdpasim_net
done
echo $((10000 * slower)) >$stall
check_that "forty are listed, without their configurations" lists_all
check_that "a second time too" lists_all
echo 0 >$stall
wait_for 30 vdpa dev config show m1
answer_again() { vdpa dev config show | grep -c ': mac' | grep -qx 40; }
check_that "all of them answer again" wait_for 30 answer_again
for n in {1..40}; do
	vdpa dev del "m$n"
done

# a driver that does not get an answer does not keep the one who adds its device
vdpa_load virtio_vdpa
echo $((8000 * slower)) >$stall
check_that "a device is added whose driver waits, a module is loaded" \
	loads_beside within 5000 vdpa dev add name slow mgmtdev vdpasim_net
echo 0 >$stall
vdpa dev del slow
rmmod virtio_vdpa vdpa_sim_net vdpa_sim

# a parent that ends its waits when its device is deleted, as a daemon's has to
hang=128
modprobe vdpa_exercise
hangs() { vdpa dev add name e0 mgmtdev vdpaexercise && echo $hang >/sys/bus/vdpa/devices/e0/fail; }
# what waits for it in the background ends too
deleted() {
	within 5000 vdpa dev del e0 && fails "no such device" vdpa dev show e0 &&
		within 5000 tail --pid="$1" -f /dev/null
}
opens() { exec sh -c "exec 3<>/dev/$(basename /sys/bus/vdpa/devices/e0/vhost-vdpa-*)"; }
check_that "another parent's device does not answer" hangs
vdpa dev config show e0 >"$tmp/e0" 2>&1 &
asking=$!
sleep 1
check_that "it is deleted while it is asked" deleted $asking
vdpa_load vhost_vdpa
hangs
opens >"$tmp/opens" 2>&1 &
opening=$!
sleep 1
check_that "it is deleted while a process opens it" eval "kill -0 $opening && deleted $opening"
rmmod vhost_vdpa
vdpa_load virtio_vdpa vdpa_exercise_driver
driver=/sys/bus/virtio/drivers/vdpa_exercise_driver
has_driver() { ls $driver/virtio*/affinity; }
vdpa dev add name e0 mgmtdev vdpaexercise
wait_for 10 has_driver
echo $hang >/sys/bus/vdpa/devices/e0/fail
# who unbinds the driver waits for a reset
basename $driver/virtio* >$driver/unbind &
unbinding=$!
sleep 1
check_that "it is deleted while its driver resets it" eval "kill -0 $unbinding && deleted $unbinding"
rmmod vdpa_exercise_driver virtio_vdpa vdpa_exercise vdpa
