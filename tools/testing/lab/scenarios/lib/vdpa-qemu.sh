# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154	# variables are vdpa-guest.sh's and for scenarios
# What guests of an unmodified QEMU do on a NIC that was made without words. One library for
# Debian 12's own QEMU (scenarios vdpa-shadow, vdpa-legacy, vdpa-ring-reset) and for others
# (clients/qemus.sh). Needs: lib/vdpa-guest.sh. TEXT begins each result, NAME each guest's name.

# it says so and goes on without the device: the guest's network is dead then
qemu_started() { ! grep -E 'unable to start vhost net|falling back' "/lab-out/guest-$1-qemu.log" | sed 's/^/# /' | grep .; }
guest_is_quiet() {
	! grep -aE 'BUG|WARNING|bad page|corrupt|is not a head|NETDEV WATCHDOG' "/lab-out/guest-$1-console.log" |
		sed 's/^/# /' | grep .
}

shadow_results=3
# shadow_rows TEXT NAME: shadow queues at any time
shadow_rows() {
	check_that "$1: a guest with shadow queues reaches the host" \
		reaches_host "svq-$2" 256 "${netdev/,id=n0/,id=n0,x-svq=on}"
	check_that "$1: QEMU had nothing to complain about" qemu_is_quiet "svq-$2"
	check_that "$1: nothing is pinned any more" nothing_pinned
}

moves_results=1
# moves_rows TEXT NAME: not by QEMU 7.2, which migrates no guest without x-svq=on
moves_rows() {
	check_that "$1: the guest could be migrated" reaches_host "moves-$2" 256 "$netdev" blockers
}

rings_results=4
# rings_rows TEXT NAME WORDS: a guest asks for rings of another size. Refused or made: its
# network works afterwards, and nobody writes to the old rings.
rings_rows() {
	local change=() n
	for n in 1 2 3; do
		change+=("rings=eth0,$((32 << n)),64")
	done
	check_that "$1: the network works after other rings were asked for" \
		guest "rings-$2" --modern --boot-limit 120 --extra "$3" -- "${traffic[@]}" \
		rings=eth0,64,64 "ping=10.7.0.1,5" "pinging=10.7.0.1,10" "${change[@]}" pinged "ping=10.7.0.1,5"
	echo "# rings: $(field "rings-$2" rings change | tr '\n' ' ')"
	check_that "$1: they were asked for four times" [ "$(field "rings-$2" rings change | wc -l)" = 4 ]
	check_that "$1: the guest's kernel saw nothing wrong" guest_is_quiet "rings-$2"
	check_that "$1: nothing is pinned any more" nothing_pinned
}

legacy_results=7
old_guest() { guest "$1" --legacy --boot-limit 120 --extra "$netdev$2" -- virtio "${traffic[@]}"; }
# UEFI's drivers are legacy ones too: seen by what the device sent, requests for an address
uefi_sends() {
	local pid status=0
	# shellcheck disable=SC2086	# words
	timeout $((150 * ktap_patience)) ${GUEST_QEMU:-qemu-system-x86_64} -nodefaults -no-user-config -display none -machine q35 \
		-accel kvm -cpu host -m 256 -bios /run/guest/OVMF.fd -serial "file:/lab-out/uefi-$1-console.log" \
		-netdev "vhost-vdpa,vhostdev=/dev/$node,id=n0" \
		-device virtio-net-pci,netdev=n0,bootindex=0,romfile= >"/lab-out/guest-uefi-$1-qemu.log" 2>&1 &
	pid=$!
	wait_for 140 eval '[ "$(stat_of guest 1 completed_desc)" -gt 0 ]' || status=1
	! kill -0 $pid 2>"$tmp/kill" || kill $pid
	wait $pid
	sed 's/^/# /' "/lab-out/guest-uefi-$1-qemu.log"
	return $status
}
# legacy_rows TEXT NAME: guests that are older than virtio 1.0
legacy_rows() {
	check_that "$1: a legacy guest on a transitional device reaches the host" old_guest "old-$2" ""
	check_that "$1: its way is the legacy one" is_field "old-$2" virtio way legacy
	check_that "$1: QEMU started the device" qemu_started "old-$2"
	check_that "$1: a legacy guest on a legacy device reaches the host" old_guest "older-$2" ",disable-modern=on"
	check_that "$1: QEMU started the device" qemu_started "older-$2"
	mkdir -p /run/guest && cp -u out/guest/OVMF.fd /run/guest/
	check_that "$1: UEFI asks for an address" uefi_sends "$2"
	check_that "$1: nothing is pinned any more" nothing_pinned
}
