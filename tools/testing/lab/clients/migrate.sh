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
	asked_before=$(icmp InEchos)
	guest_start "$name-0" "$way" --boot-limit 120 --extra "${words[a]}" -- "${traffic[@]}" pinging=10.7.0.1,20 &&
		wait_for_report "$name-0" "done" 4 || return 1
	lost_before=$(lost_frames)
	for ((n = 1; n <= times; n++)); do
		rm -f "/run/move-$name-$n"
		guest_launch "$name-$n" "$way" --incoming "unix:/run/move-$name-$n" --extra "${words[$to]}"
		guest_moves "$name-$((n - 1))" "$name-$n" "unix:/run/move-$name-$n" || return 1
		echo "# $(field "$name-$((n - 1))" migrated downtime_ms) ms without it, $(field "$name-$((n - 1))" migrated ms) ms in all"
		sleep 1
		[ $to = a ] && to=b || to=a
	done
}
# icmp NAME: what the host's kernel counted
icmp() {
	awk -v name="$1" '/^Icmp:/ && !at { for (i = 2; i <= NF; i++) if ($i == name) at = i; next }
		/^Icmp:/ { print $at }' /proc/net/snmp
}
lost_before='' asked_before=''
lost_frames() { cat /sys/module/vdpa_sim_net/parameters/lost_frames; }
# QEMU resets a NIC twice in a migration: when its rings become shadow ones, and when the guest has
# stopped. An answer that comes meanwhile waits in the simulator for the NIC that continues, up to
# two seconds; if that takes longer it is lost, as on any network, and counted. An answer that comes when
# the guest does not wait for it any more, after 4 s, is not lost. Any other loss is a bug: so is that
# of a request, which the guest gets back with its rings.
lost=''
few_lost() {
	local all=0 sent received late reset others asked
	guest_tell "$1" pinged >"$tmp/pinged" || all=1
	sent=$(field "$1" pinged sent) received=$(field "$1" pinged received)
	late=$(field "$1" pinged late)
	lost=$((sent - received))
	reset=$(($(lost_frames) - lost_before))
	# the guest's other echoes are in the host's count as well
	others=$(field "${1%-*}-0" ping sent | awk '{ n += $1 } END { print n + 0 }')
	asked=$(($(icmp InEchos) - asked_before - others))
	echo "# echoes: $received of $sent, $late late; the host got $asked;" \
		"$reset frames met a NIC that was reset; the longest took $(field "$1" pinged most_us) us"
	[ "${sent:-0}" -gt 100 ] && [ "$asked" = "$sent" ] && [ $((lost - late)) -le $reset ] &&
		[ $((lost - late)) -le $((2 * times)) ] && { [ $all = 0 ] || [ "$lost" -gt 0 ]; } &&
		guest_tell "$1" "ping=10.7.0.1,5,1400"
}
# a lost echo is in the launcher's status
ends() { guest_end "$1" >"$tmp/end" || [ "$lost" -gt 0 ]; }
rows() {
	local name=$1 way=$2 text=$3
	check_that "$text goes forth and back" goes "$name" "$way"
	check_that "$text lost no echo but those whose answer met a NIC that was reset" few_lost "$name-$times"
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
