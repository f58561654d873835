#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: virtio-gone
# about: PFs that leave while they sleep, or are pulled out in use: errors, no crash, no hang
# limit: 400
# where: vm
# kernel: 6.1
set -eu
if [ "${1:-}" != copy ]; then
	mkdir -p /tmp/copy/tools/testing/lab
	cp -r tools/testing/lab/scenarios /tmp/copy/tools/testing/lab/
	cd /tmp/copy
	exec bash tools/testing/lab/scenarios/virtio-gone.sh copy
fi
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/virtio.sh

said() { dmesg | grep -q "virtio-pci $1: .*$2"; }
suspend() { echo devices >/sys/power/pm_test && echo mem >/sys/power/state; }
link_up() { ip link set "$1" up && ip link show "$1" >"$tmp/link"; }
fails_soon() {
	local start=$SECONDS
	! timeout 20 dd if="$1" of="$tmp/back" bs=4k count=1 iflag=direct status=none 2>"$tmp/dd" &&
		[ $((SECONDS - start)) -lt 15 ]
}
let_go() { echo "$1" | timeout 30 tee /sys/bus/pci/drivers/virtio-pci/unbind >"$tmp/unbind"; }
take_up() { echo "$1" >/sys/bus/pci/drivers/virtio-pci/bind; }
has_gone() { [ ! -e "$pci/$1" ]; }
removed() { echo 1 | timeout 60 tee "$pci/$1/remove" >"$tmp/remove" && has_gone "$1"; }
fails_at_once() {
	exec 6<>"/sys/kernel/debug/admin_exercise/$vf"
	! (echo 'common_read 18 1' >&6) 2>"$tmp/exercise2" || return 1
	exec 6<&-
}

plan 21
pf=$(pf_of rp0) blk=$(pf_of rp1)
name=$(basename "$pci/$pf"/virtio*/net/*)
disk=/dev/$(find "$pci/$blk/" -path '*/block/vd?' -printf '%f\n' -quit)
ip address add 10.0.2.15/24 dev "$name"
ip link set "$name" up
umount /lab /lab-out

# they do not answer any more when the machine goes to sleep
card faults pf0 'pf:gone'
card faults pf1 'pf:gone'
check_that "the machine sleeps and wakes without them" suspend
check_that "a line tells of the net PF" said "$pf" "its requests will fail"
check_that "a line tells of the block PF" said "$blk" "its requests will fail"
check_that "the interface is there" link_up "$name"
check_that "nobody answers" eval "! ping -c 1 -W 2 -I $name 10.0.2.2 >$tmp/ping"
check_that "the disk fails at once" fails_soon "$disk"
check_that "no VFs from a PF that is not there" eval "! set_vfs $pf 2 2>$tmp/vfs"
check_that "its driver can be removed" let_go "$pf"
check_that "the block driver can be removed" let_go "$blk"

# back on the bus they are as new
card faults pf0 ''
card faults pf1 ''
echo 1 >"$pci/$pf/remove"
echo 1 >"$pci/$blk/remove"
check_that "the net PF is found again" bring_back "$pf"
check_that "and works" use_net "$pf"
check_that "the block PF is found again" bring_back "$blk"
check_that "and works" use_disk "$blk"

# pulled out, with VFs and traffic
set_vfs "$pf" 4
udevadm settle --timeout=30
vf=$(vfs_of "$pf" | head -n 1)
modprobe admin_exercise
give_to admin_exercise "$vf" || echo "# $vf has no driver"
name=$(basename "$pci/$pf"/virtio*/net/*)
ip address replace 10.0.2.15/24 dev "$name"
ip link set "$name" up
ping -f -c 100000 -I "$name" 10.0.2.2 >"$tmp/ping" 2>&1 &
pinging=$!
exec 5<>"/sys/kernel/debug/admin_exercise/$vf"
(echo 'repeat 1000000 common_read 18 1' >&5) 2>"$tmp/exercise" &
calling=$!
exec 5<&-
sleep 1
check_that "traffic and commands are running" kill -0 $pinging $calling
check_that "pulling out the net PF" card set pf0 unplug true
check_that "commands fail" fails_at_once
# the VM's slots do not report it: the administrator does
check_that "its removal ends" removed "$pf"
check_that "with its VFs" has_gone "$vf"
check_that "the commands end" wait_for 10 eval "! kill -0 $calling"
kill $pinging 2>"$tmp/kill" || echo "# ping had ended"
check_that "pulling out the block PF" card set pf1 unplug true
check_that "its removal ends" removed "$blk"
