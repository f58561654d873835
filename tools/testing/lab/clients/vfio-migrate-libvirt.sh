#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154	# tmp and ktap_patience are ktap.sh's, A and B hosts.sh's
# In host-a of a pair, with the disks of clients and of libvirt: a domain whose NIC is a VF goes to
# host-b and back by `virsh migrate --live`, and into a file and back, with QEMU 10.0 below libvirt
# 11.3. The card logs what it writes to, so libvirt is told nothing of migration.
# vfio-migrate-libvirt.sh MODE...: legacy, modern
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh
. tools/testing/lab/clients/over.sh
. tools/testing/lab/clients/domain.sh
. tools/testing/lab/clients/trees.sh
. tools/testing/lab/pair/hosts.sh

host=10.0.2.200		# host-a's interface on the network of the cards
vf=0000:01:00.1		# the one in contrib's file
modes=("$@")
on_b_limit=$((300 * ktap_patience))

# --- in either host ---

# what libvirt binds a VF from is its own affair (provision-libvirt): here nobody has it
vf_begin() {
	echo 112 | tee /sys/module/virtio_pci*/parameters/dirty_log_opcode >"$tmp/tee"
	modprobe vfio
	echo 0 >"/sys/bus/pci/devices/${PF[rp0]}/sriov_drivers_autoprobe"
	set_vfs "${PF[rp0]}" 1 && [ -e /sys/bus/pci/devices/$vf ] &&
		ip link set "$(basename "/sys/bus/pci/devices/${PF[rp0]}"/virtio*/net/*)" up
}
libvirt_begin() { enter_trees && libvirt_as_root -l && knows_emulator && domain_image; }
is_bound() { [ "$(driver_of $vf | tr - _)" = virtio_vfio_pci ] || { echo "# its driver is $(driver_of $vf)"; return 1; }; }
# nobody runs here, and the VF is nobody's: libvirt has given it back
is_left() { [ -z "$(driver_of $vf)" ] && ! pgrep -x qemu-system-x86 >"$tmp/qemu"; }

# goes NAME ADDRESS: to the host there. What it writes in 300 ms, this machine may take longer to send.
goes() {
	virsh_quiet migrate-setmaxdowntime "$1" 2000 || echo "# with the default downtime then"
	virsh_quiet migrate --live "$1" "qemu+tcp://$2/system" "tcp://$2" ||
		{ tail -n 20 "/var/log/libvirt/qemu/$1.log" | sed 's/^/# /'; return 1; }
	domain_part "$1"
	wait_for 30 is_left
}
# comes NAME: it is here, and can be spoken with
comes() {
	virsh -q domjobinfo --completed "$1" | sed -n 's/^\(Time elapsed\|Total downtime\|Memory processed\):/# &/p'
	domain_meet "$1" && [ "$(virsh -q domstate "$1")" = running ] && is_bound
}
# One echo is on its way when the guest stops. Others come too late when this machine has much
# else to do: the guest waits four seconds.
few_lost() {
	local sent received
	guest_tell "$1" pinged >"$tmp/pinged"
	sent=$(field "$1" pinged sent | tail -n 1) received=$(field "$1" pinged received | tail -n 1)
	echo "# echoes: $received of $sent, at most $(field "$1" pinged most_us | tail -n 1) us"
	[ "${received:-0}" -gt 0 ] && [ $((sent - received)) -le 3 ]
}
reaches() { guest_tell "$1" "ping=$host,5,1400"; }
same_way() { guest_tell "$1" virtio && is_field "$1" virtio way "$1" virtio_net; }

# libvirt's daemons here have the connection to host-b open as well, which ends by its end
at_end() { [ -z "$pair_fd" ] || echo "exit 0" >&"$pair_fd"; }

share() {
	local file
	for file in scenarios/lib/card scenarios/lib/guest clients/over clients/domain clients/trees; do
		on_b . tools/testing/lab/$file.sh || return 1
	done
	on_b eval "$(declare -f vf_begin libvirt_begin is_bound is_left goes comes few_lost reaches); host=$host vf=$vf"
}

# what is defined here is all that libvirt is told
defined() {
	{ echo "<emulator>$emulator</emulator>"; cat contrib/libvirt/vf-managed.xml; } >"$tmp/devices"
	domain_define "$1" "$tmp/devices" && { [ "$1" = legacy ] || domain_is_modern "$1"; } &&
		virsh -q dumpxml "$1" >"$tmp/xml" && ! grep -q 'qemu:' "$tmp/xml"
}
there() { guest_tell "$1" "pinging=$host,50" && goes "$1" $B && on_b comes "$1"; }
back() { on_b guest_tell "$1" "pinging=$host,50" && on_b goes "$1" $A && comes "$1"; }

plan $((6 + 16 * ${#modes[@]}))
check_that "the other host answers" pair_begin
check_that "it has what this one has" share
check_that "a VF whose writes the card logs, here and there" eval 'vf_begin && on_b vf_begin'
check_that "libvirt 11.3 and QEMU 10.0 here" libvirt_begin
check_that "and there" on_b libvirt_begin
check_that "this host serves" host_at $host rp0
for mode in "${modes[@]}"; do
	check_that "$mode: the domain is defined, without <qemu:override>" defined "$mode"
	check_that "$mode: it starts" domain_start "$mode"
	check_that "$mode: the VF is the variant's" is_bound
	check_that "$mode: it has a network" eval "guest_tell $mode net=eth0,10.0.2.50/24 && reaches $mode"
	check_that "$mode: it goes to the other host" there "$mode"
	check_that "$mode: it lost three echoes at most" on_b few_lost "$mode"
	check_that "$mode: it reaches this host" on_b reaches "$mode"
	check_that "$mode: it comes back" back "$mode"
	check_that "$mode: it lost three echoes at most" few_lost "$mode"
	check_that "$mode: it reaches this host" reaches "$mode"
	check_that "$mode: it is saved" domain_save "$mode"
	check_that "$mode: the VF is nobody's meanwhile" is_left
	check_that "$mode: it is restored" domain_restore "$mode"
	check_that "$mode: it reaches this host" reaches "$mode"
	check_that "$mode: its driver works as it did" same_way "$mode"
	check_that "$mode: the guest powers off" eval "guest_end $mode && domain_ended $mode"
done
