#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In host-a of a pair, with the disk of clients: guests whose NIC and disk are VFs go to host-b
# and back, while they ping and write, in the next release's QEMU.
# vfio-migrate-hosts.sh MODE...: legacy, modern
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh
. tools/testing/lab/clients/trees.sh
. tools/testing/lab/pair/hosts.sh
. tools/testing/lab/pair/guests.sh

host=10.0.2.200		# host-a's interface on the network of the cards
times=${MIGRATE_TIMES:-2}	# there and back
modes=("$@")

# One echo is on its way at a time. When that is so at the moment at which the guest stops, its
# answer finds the VF that was left. Others come too late when this machine has much else to do:
# the guest waits four seconds.
few_lost() {
	local sent received
	guest_tell "$1" pinged >"$tmp/pinged" || [ "$(field "$1" pinged sent)" ] || { cat "$tmp/pinged"; return 1; }
	sent=$(field "$1" pinged sent) received=$(field "$1" pinged received)
	echo "# echoes: $received of $sent, after $(field "$1" pinged mean_us) us, at most $(field "$1" pinged most_us)"
	[ "${received:-0}" -gt 0 ] && [ $((sent - received)) -le 3 ]
}
# shellcheck disable=SC2120	# on_b passes it one
nothing_lost() {
	guest_tell "$1" written || return 1
	echo "# $(field "$1" written writes) writes, at most $(field "$1" written most_us) us"
	[ "$(field "$1" written writes)" -gt 0 ]
}
is_at_work() { guest_tell "$1" "pinging=$host,50" && guest_tell "$1" writing=/dev/vda; }
# reaches NAME: both ways, with 1400 bytes too
reaches() { guest_tell "$1" "ping=$host,5,1400"; }
same_way() { guest_tell "$1" virtio && is_field "$1" virtio way "$2" virtio_net && is_field "$1" virtio way "$2" virtio_blk; }

# there MODE, back MODE: from this host to the other, and the reverse
there() {
	on_b arrival "$1-b" --"$1" && departs "$1-a" "tcp:$B:$move_port" && on_b arrived "$1-b"
}
back() {
	arrival "$1-a" --"$1" && on_b departs "$1-b" "tcp:$A:$move_port" && arrived "$1-a"
}
round() {
	local mode=$1
	check_that "$mode: it pings and writes" is_at_work "$mode-a"
	check_that "$mode: it goes to the other host" there "$mode"
	check_that "$mode: it lost three echoes at most, one of which was on its way when it stopped" on_b few_lost "$mode-b"
	check_that "$mode: no write was lost or came twice" on_b nothing_lost "$mode-b"
	check_that "$mode: it reaches this host" on_b reaches "$mode-b"
	check_that "$mode: it pings and writes there" on_b is_at_work "$mode-b"
	check_that "$mode: it comes back" back "$mode"
	check_that "$mode: it lost three echoes at most, one of which was on its way when it stopped" few_lost "$mode-a"
	check_that "$mode: no write was lost or came twice" nothing_lost "$mode-a"
	check_that "$mode: it reaches this host" reaches "$mode-a"
}

share() {
	local file
	for file in scenarios/lib/card scenarios/lib/guest clients/trees pair/guests; do
		on_b . tools/testing/lab/$file.sh || return 1
	done
	on_b eval "$(declare -f few_lost nothing_lost is_at_work reaches); host=$host"
}
serves() { host_serves $host >"$tmp/serves" 2>&1; }

plan $((5 + ${#modes[@]} * (4 + 10 * times / 2)))
check_that "the other host answers" pair_begin
check_that "it has what this one has" share
check_that "VFs and QEMU 10.0 here" guests_begin
check_that "and there" on_b guests_begin
check_that "this host serves" serves
for mode in "${modes[@]}"; do
	check_that "$mode: a guest runs on a NIC and a disk" guest_start "$mode-a" --"$mode" "${words[@]}"
	check_that "$mode: it has a network" guest_tell "$mode-a" "net=eth0,10.0.2.$((50 + ${#mode}))/24"
	for ((time = 0; time < times; time += 2)); do
		round "$mode"
	done
	check_that "$mode: its drivers work as they did" same_way "$mode-a" "$mode"
	check_that "$mode: it ends" ends "$mode-a"
done
