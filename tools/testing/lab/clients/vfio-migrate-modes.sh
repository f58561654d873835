#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154	# tmp is ktap.sh's
# In the VM, with the disk of clients: what vfio-migrate.sh does, with guests, rings and ways to
# migrate of other kinds, and a card that logs what it writes to.
# vfio-migrate-modes.sh MODE...: of those in run_as()
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh
. tools/testing/lab/clients/trees.sh
. tools/testing/lab/clients/vfio-log.sh

times=2		# forth and back
modes=("$@")

# run_as MODE: how its guest is run, in $words and $way; the root port of its VFs, in $port. The
# card's rings are packed behind rp2.
words=() way='' port=''
run_as() {
	port=rp0 way=modern words=(--downtime-limit 300 --action-limit 180)
	case $1 in
	legacy) way=legacy ;;
	modern) ;;
	queues) words+=(--smp 4) ;;
	queues-legacy) way=legacy words+=(--smp 4) ;;
	packed) port=rp2 ;;
	multifd) words+=(--multifd 2) ;;
	iommufd) words+=(--extra "-object iommufd,id=iommufd0" --vf-options iommufd=iommufd0) ;;
	*) return 1 ;;
	esac
	words+=(--"$way")
}

# it is what the mode is about: is_as MODE NAME
is_as() {
	guest_tell "$2" virtio && is_field "$2" virtio way "$way" virtio_net || return 1
	case $1 in
	queues*) is_field "$2" virtio queues 4 virtio_net ;;
	packed) [ "$(field "$2" virtio features virtio_net | cut -c 35)" = 1 ] ;;
	multifd) [ "$(field "$1-$((times - 1))" migrated multifd_bytes)" -gt 0 ] ;;
	iommufd) find /proc/"$(pgrep -x qemu-system-x86)"/fd -lname '*/vfio/devices/vfio*' | grep . ;;
	esac
}

# each of the two hosts of the network that $port is on: net_of HOST
net_of() { [ $port = rp0 ] && echo "10.0.2.$1" || echo "10.0.3.$1"; }

# take_vfs ROOTPORT: two VFs, and the host's interface beside them
declare -A vfs
take_vfs() {
	local two
	port=$1
	# shellcheck disable=SC2034	# guest.sh's
	PF[$1]=$(pf_of "$1")
	mapfile -t two < <(vfs_for_guests "$1" 2 "$VF_DRIVER")
	vfs[$1]=${two[*]}
	[ ${#two[@]} = 2 ] && host_at "$(net_of 200)" "$1"
}
# vf_of N: VF N % 2
vf_of() {
	local two
	read -ra two <<<"${vfs[$port]}"
	echo "${two[$1 % 2]}"
}

# One echo is on its way at a time. When that is so at the moment at which the guest stops, its
# answer finds the VF that was left: at most one is lost each time. One that takes longer than 4 s,
# on a busy machine, is not.
lost=0
few_lost() {
	local sent received late
	guest_tell "$1" pinged >"$tmp/pinged"
	sent=$(field "$1" pinged sent) received=$(field "$1" pinged received) late=$(field "$1" pinged late)
	echo "# echoes: $received of $sent, $late late, after $(field "$1" pinged mean_us) us, at most $(field "$1" pinged most_us)"
	[ "${received:-0}" -gt 0 ] && lost=$((lost + sent - received)) && [ $((sent - received - late)) -le 1 ]
}

# moves FROM TO URI: a lost echo is in the launcher's status
moves() {
	guest_moves "$@" >"$tmp/moves" || { [ $lost -gt 0 ] && [ -n "$(field "$1" migrated ms)" ]; } ||
		{ cat "$tmp/moves"; sed 's/^/# /' "/lab-out/guest-$2-qemu.log"; return 1; }
	how_it_went "$1"
}

# goes MODE TIME: from one VF to the other; it pings the host meanwhile
goes() {
	local from=$1-$(($2 - 1)) to=$1-$2 uri=unix:/run/move-$1-$2
	guest_launch "$to" "${words[@]}" --vf "$(vf_of "$2")" --incoming "$uri"
	wait_for_report "$to" listening 1 && guest_tell "$from" "pinging=$(net_of 200),50" &&
		moves "$from" "$to" "$uri" && sleep 3
}
# a lost echo is in the launcher's status
ends() { guest_end "$1" >"$tmp/end" || [ $lost -gt 0 ]; }

# --- what the card says ---

# card_moved PF VF: its parts were read, and set
card_moved() {
	[ "$(card_count "$1" "$2" commands 15)" -gt 0 ] && [ "$(card_count "$1" "$2" commands 16)" -gt 0 ]
}

# QEMU counts what it sends after the stop on one connection only
counts_stopped() { [ "$1" != multifd ]; }
# sent_no_more NAME: than 300 ms allow at the speed that QEMU is told, 30 MB and a bit
sent_no_more() { [ "$(field "$1" migrated stopped_bytes)" -lt 40000000 ]; }

# ports of VFs and the card's names of their PFs
ports=() results=1
for mode in "${modes[@]}"; do
	run_as "$mode" || { echo "Bail out! there is no mode $mode"; exit 1; }
	results=$((results + 5 + 3 * times))
	! counts_stopped "$mode" || results=$((results + times))
	[[ " ${ports[*]} " = *" $port "* ]] || ports+=("$port")
done
pf_id() { echo "pf${1#rp}"; }

card_logs
plan $((results + 4 * ${#ports[@]}))
check_that "the disk of clients" enter_trees
use_qemu trixie
echo "# QEMU $(qemu_version)"
for port in "${ports[@]}"; do
	check_that "two VFs behind $port" take_vfs "$port"
done
for mode in "${modes[@]}"; do
	run_as "$mode"
	guest=$(net_of $((50 + ${#mode})))
	check_that "$mode: a guest runs" guest_start "$mode-0" "${words[@]}" --vf "$(vf_of 0)"
	check_that "$mode: it has a network" guest_tell "$mode-0" "net=eth0,$guest/24"
	check_that "$mode: QEMU would migrate it" guest_tell "$mode-0" blockers
	lost=0
	for ((time = 1; time <= times; time++)); do
		check_that "$mode: move $time, to VF $((time % 2))" goes "$mode" $time
		check_that "$mode: it lost no echo but what was on its way when it stopped" \
			few_lost "$mode-$time"
		! counts_stopped "$mode" || check_that "$mode: it stood still for what it wrote last" \
			sent_no_more "$mode-$((time - 1))"
		check_that "$mode: it reaches the host, with 1400 bytes too" \
			guest_tell "$mode-$time" "ping=$(net_of 200),5,1400"
	done
	check_that "$mode: its driver works as it did" is_as "$mode" "$mode-$times"
	check_that "$mode: it ends" ends "$mode-$times"
done
for port in "${ports[@]}"; do
	for vf in 0 1; do
		check_that "the card read and set the parts of VF $vf behind $port" card_moved "$(pf_id "$port")" $vf
	done
	check_that "the card logged both VFs' writes" card_logged "$(pf_id "$port")"
done
