#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In the VM, with the disk of clients: a guest with a NIC and a disk is on its way, and the card
# logs, when QEMU is told to unplug a VF, to stay, and when the NIC's PF loses its driver.
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh
. tools/testing/lab/clients/trees.sh
. tools/testing/lab/clients/vfio-log.sh

host=10.0.2.200
virtio=''	# the PF's virtio device

serves() { host_serves $host >"$tmp/serves" 2>&1; }
launch() {
	local how=$1 name=$2 n=$3
	shift 3
	"$how" "$name" --legacy --action-limit 180 "${log_words[@]}" --vf "${nets[$n]}" --vf "${disks[$n]}" "$@"
}
is_at_work() { guest_tell g writing=/dev/vda && guest_tell g fetching=/dev/vda; }
work_was_good() { guest_tell "$1" written && guest_tell "$1" fetched; }
reaches() { guest_tell "$1" "ping=$host,5,1400"; }

# on_its_way NAME: to a QEMU of this name, which cannot be all of it for minutes
on_its_way() {
	launch guest_launch "$1" 1 --incoming "unix:/run/to-$1"
	wait_for_report "$1" listening 1 && guest_tell g "departing=unix:/run/to-$1"
}
# nobody NAME: the QEMU there has got no guest, and ends
nobody() {
	local fd=${guest_in[$1]} status=0
	exec {fd}>&-
	wait "${guest_pid[$1]}" || status=$?
	[ $status != 0 ] && ! grep -qF '"report":"done"' "$tmp/$1"
}
# logs PF COUNT: so many of its VFs log
logs() {
	local n
	n=$(logging "$1")
	[ "$n" = "$2" ] || { echo "# $1: $n VFs log, not $2"; return 1; }
}
both_log() { logs pf0 "$1" && logs pf1 "$1"; }

unplug_refused() {
	! guest_tell g unplug=0 >"$tmp/unplug" && sed 's/^/# /' "$tmp/unplug" &&
		grep -q 'not allowed while migrating' "$tmp/unplug"
}

without_driver() {
	virtio=$(basename "$(echo "/sys/bus/pci/devices/${PF[rp0]}/virtio"*)")
	echo "$virtio" >/sys/bus/virtio/drivers/virtio_net/unbind
}
with_driver() { echo "$virtio" >/sys/bus/virtio/drivers/virtio_net/bind && serves; }

# what QEMU says of the report that it did not get
fails() {
	guest_tell g fails || return 1
	sed -n 's/^/# /; /fails/p' "$tmp/g" | tail -n 1
	grep -i 'dirty\|bitmap' /lab-out/guest-g-qemu.log | tail -n 3 | sed 's/^/# /'
}

goes() {
	launch guest_launch there 1 --incoming unix:/run/to-there
	# the refused unplugging is in the launcher's status
	guest_moves g there unix:/run/to-there >"$tmp/moves" || [ -n "$(field g migrated ms)" ] ||
		{ cat "$tmp/moves"; return 1; }
	how_it_went g
}

plan 26
check_that "the card's commands" card_logs
check_that "the disk of clients" enter_trees
use_qemu trixie
echo "# QEMU $(qemu_version)"
mapfile -t nets < <(vfs_for_guests rp0 2 "$VF_DRIVER")
mapfile -t disks < <(vfs_for_guests rp1 2 "$VF_DRIVER")
check_that "two VFs of each type" [ "${#nets[@]}${#disks[@]}" = 22 ]
check_that "the host serves" serves
check_that "a guest runs" launch guest_start g 0
check_that "it has a network" guest_tell g net=eth0,10.0.2.51/24
check_that "it writes and reads" is_at_work
check_that "nothing logs" both_log 0

check_that "it is on its way" on_its_way cancelled
check_that "its NIC and its disk log" both_log 1
check_that "QEMU refuses to unplug the NIC" unplug_refused
check_that "it stays" guest_tell g stay
check_that "nothing logs any more" wait_for 20 both_log 0
check_that "nobody has come to the other QEMU" nobody cancelled
check_that "it reaches the host" reaches g

check_that "it is on its way once more" on_its_way failed
check_that "its NIC and its disk log" both_log 1
check_that "the PF loses its driver" without_driver
check_that "the migration fails" fails
check_that "nobody has come to the other QEMU" nobody failed
check_that "the PF has a driver again" with_driver
check_that "nothing logs any more" wait_for 20 both_log 0
check_that "it reaches the host" reaches g

check_that "it goes to the other VFs" goes
check_that "no write was lost, memory has what the disk wrote to it" work_was_good there
check_that "it ends" guest_end there
