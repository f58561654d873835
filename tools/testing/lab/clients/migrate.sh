#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In the VM, with the disk of clients: guests go from one simulated NIC to another and back,
# under traffic, in the next release's QEMU (10.0) and the newest there is for it (11.1).
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vdpa-guest.sh
. tools/testing/lab/clients/trees.sh

times=4		# forth and back, twice
declare -A words

# nic_for NAME: made without words but for the guest's MAC; QEMU's words for it are in $words
nic_for() {
	/lab/out/selftests/vdpa/add "$1" vdpasim_net 02:00:00:00:00:99 && bound "$1" vhost_vdpa &&
		wait_for 10 compgen -G "/sys/bus/vdpa/devices/$1/vhost-vdpa-*" || return 1
	words[$1]="-netdev vhost-vdpa,vhostdev=/dev/$(basename "/sys/bus/vdpa/devices/$1"/vhost-vdpa-*),id=n0 $nic"
}
made() { nics && vdpa dev del guest && nic_for a && nic_for b; }

# goes NAME WAY: it pings the host all the while
goes() {
	local name=$1 way=$2 to=b n
	guest_start "$name-0" "$way" --boot-limit 120 --extra "${words[a]}" -- "${traffic[@]}" pinging=10.7.0.1,20 &&
		wait_for_report "$name-0" "done" 4 || return 1
	for ((n = 1; n <= times; n++)); do
		rm -f "/run/move-$name-$n"
		guest_launch "$name-$n" "$way" --incoming "unix:/run/move-$name-$n" --extra "${words[$to]}"
		guest_moves "$name-$((n - 1))" "$name-$n" "unix:/run/move-$name-$n" || return 1
		echo "# $(field "$name-$((n - 1))" migrated downtime_ms) ms without it, $(field "$name-$((n - 1))" migrated ms) ms in all"
		sleep 1
		[ $to = a ] && to=b || to=a
	done
}
# One echo is on its way at a time. When that is so at the moment at which the guest stops, its
# answer finds nobody on the wire, and is lost: at most one each time.
lost=''
few_lost() {
	local all=0 sent received
	guest_tell "$1" pinged >"$tmp/pinged" || all=1
	sent=$(field "$1" pinged sent) received=$(field "$1" pinged received)
	lost=$((sent - received))
	echo "# echoes: $received of $sent"
	[ "${sent:-0}" -gt 100 ] && [ "$lost" -le $times ] && { [ $all = 0 ] || [ "$lost" -gt 0 ]; } &&
		guest_tell "$1" "ping=10.7.0.1,5,1400"
}
# a lost echo is in the launcher's status
ends() { guest_end "$1" >"$tmp/end" || [ "$lost" -gt 0 ]; }
rows() {
	local name=$1 way=$2 text=$3
	check_that "$text goes forth and back" goes "$name" "$way"
	check_that "$text lost no echo but what was on its way when it stopped" few_lost "$name-$times"
	check_that "$text ends" ends "$name-$times"
	check_that "QEMU had nothing to complain about" eval \
		"! cat /lab-out/guest-$name-*-qemu.log | grep '^qemu-system-x86_64: ' | grep -vE 'terminating on signal|is deprecated' | sed 's/^/# /' | grep ."
}

plan $((2 + 2 * 8 + 1))
check_that "the disk of clients" enter_trees
check_that "NICs, made without words" made
for qemu in trixie trixie-backports; do
	use_qemu $qemu
	version=$(qemu_version)
	rows "modern-$qemu" --modern "QEMU $version, a modern guest"
	rows "legacy-$qemu" --legacy "QEMU $version, a legacy guest"
done
check_that "nothing is pinned any more" nothing_pinned
