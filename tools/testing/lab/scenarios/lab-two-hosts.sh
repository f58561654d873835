#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: lab-two-hosts
# about: two hypervisor VMs: names, ids and addresses of their own, a network, one switch and one disk for both cards
# limit: 200
# when: named
# where: pair
# kernel: 6.1
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh
. tools/testing/lab/pair/hosts.sh

# differ COMMAND...: what it says here is not what it says there
differ() {
	local here there
	here=$("$@") there=$(on_b "$@") && [ -n "$here" ] && [ -n "$there" ] || return 1
	echo "# $here, $there"
	[ "$here" != "$there" ]
}
reaches() { ping -c 3 -W 5 "$1" >"$tmp/ping" 2>&1; sed 's/^/# /' "$tmp/ping"; grep -q '[^0-9]0% packet loss' "$tmp/ping"; }
pf_interface() { basename "/sys/bus/pci/devices/${PF[rp0]}"/virtio*/net/*; }
pf_address() { cat "/sys/class/net/$(pf_interface)/address"; }
pf_up() {
	ip address add "$1/24" dev "$(pf_interface)" && ip link set "$(pf_interface)" up
}
# the disk of block VF 0, which the host's own driver has
vf_disk() { set_vfs "${PF[rp1]}" 1 && wait_for 20 compgen -G "/sys/bus/pci/devices/${PF[rp1]}/virtfn0/virtio*/block/*"; }
disk_of_vf() { echo "/dev/$(basename "/sys/bus/pci/devices/${PF[rp1]}"/virtfn0/virtio*/block/*)"; }
writes() { echo "$1" | dd of="$(disk_of_vf)" bs=512 seek=7 conv=sync oflag=direct status=none; }
reads() { [ "$(dd if="$(disk_of_vf)" bs=512 skip=7 count=1 iflag=direct status=none | tr -d '\0')" = "$1" ]; }

plan 14
check_that "the other host answers" pair_begin
check_that "it keeps what it is told" eval 'on_b told=yes && [ "$(on_b eval "echo \$told")" = yes ]'
check_that "and says when something fails" eval '! on_b false'
check_that "hostnames differ" differ hostname
check_that "UUIDs differ" differ cat /sys/class/dmi/id/product_uuid
check_that "this one reaches the other" reaches $B
check_that "the other reaches this one, by name" on_b ping -q -c 3 -W 5 host-a

share() {
	local lib
	for lib in card guest; do
		on_b . tools/testing/lab/scenarios/lib/$lib.sh || return 1
	done
	on_b eval "$(declare -f reaches pf_interface pf_address pf_up vf_disk disk_of_vf writes reads)"
}
check_that "the other has what this one has" share
check_that "the PFs' addresses differ" differ pf_address
check_that "over the cards' switch they reach each other" \
	eval 'pf_up 192.168.78.1 && on_b pf_up 192.168.78.2 && reaches 192.168.78.2'
check_that "and back" on_b reaches 192.168.78.1
check_that "a block VF here and there" eval 'vf_disk && on_b vf_disk'
check_that "what is written here is there" eval 'writes to-b && on_b reads to-b'
check_that "and what is written there is here" eval 'on_b writes to-a && reads to-a'
