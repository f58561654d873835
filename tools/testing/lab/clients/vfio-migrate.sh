#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In the VM, with the disk of clients: guests with a NIC that is a VF go to another VF of the
# card and back, under traffic, in the next release's QEMU, which knows vfio's migration.
# vfio-migrate.sh [--log WHO] MODE...: legacy, modern; with --log WHO, card or driver, tells which
# pages the VF writes to, and QEMU needs no telling
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh
. tools/testing/lab/clients/trees.sh
. tools/testing/lab/clients/vfio-log.sh

host=10.0.2.200
times=2		# forth and back
log=no
# none of its memory stays clean: what QEMU says to that is to send all of it while it stands still
words=(--vf-options enable-migration=on --downtime-limit 60000 --action-limit 180)
if [ "$1" = --log ]; then
	log=$2 words=("${log_words[@]}" --action-limit 180)
	shift 2
fi
modes=("$@")

serves() { host_serves $host >"$tmp/serves" 2>&1; }

# One echo is on its way at a time. When that is so at the moment at which the guest stops, its
# answer finds the VF that was left: at most one is lost each time.
lost=0
few_lost() {
	local sent received
	guest_tell "$1" pinged >"$tmp/pinged"
	sent=$(field "$1" pinged sent) received=$(field "$1" pinged received)
	echo "# echoes: $received of $sent, after $(field "$1" pinged mean_us) us, at most $(field "$1" pinged most_us)"
	[ "${received:-0}" -gt 0 ] && lost=$((lost + sent - received)) && [ $((sent - received)) -le 1 ]
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
	guest_launch "$to" --"$1" --vf "${vfs[$2 % 2]}" "${words[@]}" --incoming "$uri"
	wait_for_report "$to" listening 1 && guest_tell "$from" "pinging=$host,50" &&
		moves "$from" "$to" "$uri" && sleep 5
}
# a lost echo is in the launcher's status
ends() { guest_end "$1" >"$tmp/end" || [ $lost -gt 0 ]; }

same_way() { guest_tell "$1" virtio && is_field "$1" virtio way "$2" virtio_net; }

# card_moved VF: its parts were read, and set
card_moved() {
	[ "$(card_count pf0 "$1" commands 15)" -gt 0 ] && [ "$(card_count pf0 "$1" commands 16)" -gt 0 ]
}

[ "$log" = no ] || "${log}_logs"
case "$log" in
no) more=0 ;;
card) more=$((1 + (1 + times) * ${#modes[@]})) ;;
driver) more=$((4 + (1 + times) * ${#modes[@]})) ;;
esac
plan $((more + 3 + (5 + 3 * times) * ${#modes[@]} + 2))
check_that "the disk of clients" enter_trees
use_qemu trixie
echo "# QEMU $(qemu_version)"
mapfile -t vfs < <(vfs_for_guests rp0 2 "$VF_DRIVER")
check_that "two VFs" [ ${#vfs[@]} = 2 ]
if [ "$log" = driver ]; then
	for vf in "${vfs[@]}"; do
		check_that "$vf: the driver logs" [ "$(cat "/sys/bus/pci/devices/$vf/dirty_log")" = driver ]
	done
fi
check_that "the host serves" serves
for mode in "${modes[@]}"; do
	check_that "$mode: a guest runs" guest_start "$mode-0" --"$mode" --vf "${vfs[0]}" "${words[@]}"
	check_that "$mode: its doorbells are mapped, its registers are trapped" is_trapped "$mode-0" "${vfs[0]}"
	check_that "$mode: it has a network" guest_tell "$mode-0" "net=eth0,10.0.2.$((50 + ${#mode}))/24"
	[ "$log" = no ] || check_that "$mode: QEMU would migrate it" guest_tell "$mode-0" blockers
	lost=0
	for ((time = 1; time <= times; time++)); do
		check_that "$mode: it goes to VF $((time % 2))" goes "$mode" $time
		check_that "$mode: it lost no echo but what was on its way when it stopped" \
			few_lost "$mode-$time"
		[ "$log" = no ] || check_that "$mode: less than $stopped_bytes_max bytes were sent while it stood still" \
			sent_little "$mode-$((time - 1))"
		check_that "$mode: it reaches the host, with 1400 bytes too" \
			guest_tell "$mode-$time" "ping=$host,5,1400"
	done
	check_that "$mode: its driver works as it did" same_way "$mode-$times" "$mode"
	check_that "$mode: it ends" ends "$mode-$times"
done
for vf in 0 1; do
	check_that "the card read and set the parts of VF $vf" card_moved $vf
done
case "$log" in
card) check_that "the card logged both VFs' writes" card_logged pf0 ;;
driver)
	for vf in 0 1; do
		check_that "the driver logged what VF $vf wrote to" driver_logged pf0 $vf
	done
	;;
esac
