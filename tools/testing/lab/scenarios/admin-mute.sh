#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: admin-mute
# about: who does not wait for a mute device: RTNL, VFs after sriov_numvfs, callers on a busy CPU
# limit: 400
# where: vm
# kernel: 6.1
# device: -netdev user,id=up0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=4,uplink=up0 -device virtio-net-pf,id=pf1,bus=rp1,vfs=2,packed=on
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/admin.sh

plan 13
pf=$(pf_of rp0)
packed=$(pf_of rp1)
orphans() { counter "$pf" stats queue_slots_orphaned; }

# --- a VF's command that never comes back, and the administrator's obvious remedy ---
admin_vfs "$pf" 4
check_that "VF 0 works" gives 0 "${vfs[0]}" common_read 18 1
echo 400 >$parameters/admin_timeout_ms
fault pf0 vf0:mute
check_that "VF 0 is mute: its command times out" gives -110 "${vfs[0]}" common_read 18 1
queries=$(counter "$pf" stats command_list_query)
set_vfs "$pf" 0
admin_vfs "$pf" 4
check_that "sriov_numvfs 0 and 4: the device still has the command" [ "$(orphans)" = 1 ]
check_that "VF 1 has legacy access" gives 0 "${vfs[1]}" has
check_that "and works" gives 0 "${vfs[1]}" repeat 100 common_read 18 1
check_that "for what was negotiated still holds" \
	[ "$(counter "$pf" stats command_list_query)" = "$queries" ]
fault pf0 ''

# --- a worker that keeps its CPU: the one that is to end the wait is not behind it ---
# bounded: the call ends while that CPU's worker is still at it
not_behind_a_worker() {
	local cpu=0
	echo 400 >$parameters/admin_timeout_ms
	fault pf0 vf2:mute
	echo "$cpu 6000" >$debug/admin_exercise/hog
	taskset -c $cpu bash -c "echo common_read 18 1 >$debug/admin_exercise/${vfs[2]}" 2>/dev/null || :
	[ "$(<$debug/admin_exercise/hog)" = 1 ] || { echo "# the worker was done first"; return 1; }
}
check_that "a timeout comes while a worker of that CPU spins" not_behind_a_worker
wait_for 30 grep -qx 0 $debug/admin_exercise/hog || :
fault pf0 ''
check_that "and VF 2 works again" wait_for 10 gives 0 "${vfs[2]}" common_read 18 1

# --- a device that completes its last command twice ---
set_vfs "$pf" 0
admin_vfs "$packed" 2
check_that "packed ring: works" gives 0 "${vfs[0]}" common_read 18 1
# its callers block, so that whoever reaps has the interrupt on
fault pf1 'all:late-ms=20;all:twice'
twice() {
	call "${vfs[0]}" repeat 3 common_read 18 1
	[ "$calls" = 3 ] && [[ ${came[*]} = *"error -5"* || ${came[*]} = *"error -19"* ]]
}
check_that "completed twice: the queue breaks, nobody stays in it" twice
fault pf1 ''
reset_pf "$packed" virtio_net
check_that "and a reset mends" gives 0 "${vfs[0]}" common_read 18 1
set_vfs "$packed" 0

# --- RTNL: the PF's own driver is bound with it held ---
echo 60000 >$parameters/admin_timeout_ms
fault pf0 pf:mute
modprobe dummy
echo "$pf" >/sys/bus/pci/drivers/virtio-pci/unbind
bound() { [ "$(upper_of "$pf")" = virtio_net ]; }
echo "$pf" >/sys/bus/pci/drivers/virtio-pci/bind &
binder=$!
sleep 1
check_that "a mute PF: RTNL is not held for it" timeout 30 ip link add dummy9 type dummy
check_that "and it is bound" wait_for 30 bound
wait $binder || :
fault pf0 ''
