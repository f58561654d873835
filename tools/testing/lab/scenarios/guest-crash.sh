#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: guest-crash
# about: a legacy guest crashes, or its QEMU is killed, with its VFs at work: the next guest has them
# when: full
# limit: 900
# where: vm
# kernel: 6.1
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh

host=10.0.2.200

actions=(virtio "net=eth0,dhcp" "ping=$UPLINK,5" "ping=$host,5" "fs=/dev/vda,4")
both_legacy() { is_field "$1" virtio way "$(printf 'legacy\nlegacy')"; }

start_next() {
	local action
	guest_start next --vf "$1" --vf "$2" || return 1
	for action in "${actions[@]}"; do
		guest_tell next "$action" || return 1
	done
	both_legacy next
}

# kill -9 of QEMU, while its guest sends as fast as it can
kill_at_work() {
	echo "flow=$host,tcp,up,20" >&"${guest_in[next]}"
	sleep 3
	pkill -KILL -x qemu-system-x86
	wait "${guest_pid[next]}"
	[ $? -ne 0 ]
}

last_works() { guest last --vf "$1" --vf "$2" -- "${actions[@]}" && both_legacy last; }

plan 6
mapfile -t net < <(vfs_for_guests rp0 1 "$VF_DRIVER")
mapfile -t blk < <(vfs_for_guests rp1 1 "$VF_DRIVER")
host_serves $host
check_that "a guest crashes with its network up" guest crash --expect-crash --vf "${net[0]:-none}" \
	--vf "${blk[0]:-none}" -- net=eth0,dhcp "ping=$UPLINK" fs=/dev/vda,4 crash
check_that "the next guest has the VFs, the legacy way" start_next "${net[0]:-none}" "${blk[0]:-none}"
check_that "QEMU is killed while that guest sends" kill_at_work
check_that "the next guest has the VFs, the legacy way" last_works "${net[0]:-none}" "${blk[0]:-none}"
check_that "net: nothing is held" nothing_held rp0 0
check_that "block: nothing is held" nothing_held rp1 0
pkill -x iperf3
