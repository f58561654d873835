#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: virtio-layout
# about: common configuration of 56, 60 and 128 bytes: what is there is used, nothing beyond is touched
# limit: 180
# where: vm
# kernel: 6.1
# device: -netdev user,id=u0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=2,uplink=u0,common-len=56 -netdev user,id=u1 -device virtio-net-pf,id=pf1,bus=rp1,vfs=2,uplink=u1,common-len=60 -netdev user,id=u2 -device virtio-net-pf,id=pf2,bus=rp2,vfs=2,uplink=u2,common-len=128
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/virtio.sh

# feature BIT: 0 or 1, as negotiated
feature() { cut -c $(($2 + 1)) "$pci/$1"/virtio*/features; }
features_are() {
	[ "$(feature "$1" 40)$(feature "$1" 41)" = "$2" ] ||
		{ echo "# bits 40 and 41: $(feature "$1" 40)$(feature "$1" 41)"; return 1; }
}
nothing_beyond() {
	card stats "$1" >"$tmp/stats"
	grep -q '"common-beyond": 0' "$tmp/stats" || { sed 's/^/# /' "$tmp/stats"; return 1; }
}
has_admin() { grep -q "$(virtio_of "$1")-admin" /proc/interrupts; }
has_no_admin() { ! has_admin "$1"; }
two_vfs() {
	set_vfs "$1" 2 && udevadm settle --timeout=20
	[ "$(vfs_of "$1" | wc -l)" = 2 ]
}

plan 18
# rows: root port, card, length, ring reset and admin queue negotiated, the latter there?
while read -r port card len features admin; do
	pf=$(pf_of "$port")
	check_that "$len bytes: modern" kind_is "$pf" modern
	check_that "$len bytes: features" features_are "$pf" "$features"
	check_that "$len bytes: admin queue" "$admin" "$pf"
	check_that "$len bytes: works" use_net "$pf"
	check_that "$len bytes: VFs" two_vfs "$pf"
	check_that "$len bytes: nothing beyond was touched" nothing_beyond "$card"
done <<'END'
rp0 pf0 56 00 has_no_admin
rp1 pf1 60 10 has_no_admin
rp2 pf2 128 11 has_admin
END
