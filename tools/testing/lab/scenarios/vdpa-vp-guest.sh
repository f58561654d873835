#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-vp-guest
# about: a nested guest of an unmodified QEMU on a VF, by vp_vdpa and vhost_vdpa, reaches the host, also after a reset
# limit: 600
# where: vm
# kernel: 6.1
# when: full
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vdpa-guest.sh
. tools/testing/lab/scenarios/lib/vp.sh

# one VF for the host, one for guests
nics_on_vfs() {
	vp_vfs rp0 2 && vp_host_nic "${vp_vfs[0]}" && vp_file guest "${vp_vfs[1]}" &&
		netdev="-netdev vhost-vdpa,vhostdev=$file,id=n0 $nic"
}

# QEMU asks where a queue is whenever it stops the device, and can do without an answer
qemu_is_content() {
	! grep '^qemu-system-x86_64: ' "/lab-out/guest-$1-qemu.log" | grep -vE 'is deprecated|ring restore failed' |
		sed 's/^/# /' | grep .
}

plan 5
check_that "a VF for the host, one for the guest" nics_on_vfs
check_that "the guest reaches the host, and again after a reset" \
	reaches_host anonymous 256 "$netdev" reset "${traffic[@]}"
check_that "QEMU had nothing to complain about" qemu_is_content anonymous
check_that "all memory was mapped" mapped_all
check_that "none is pinned any more" nothing_pinned
