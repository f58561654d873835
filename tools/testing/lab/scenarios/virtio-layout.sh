#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: virtio-layout
# about: common configuration of 56, 60 and 128 bytes: what is there is used, nothing beyond is touched; shared memory; generation
# when: full
# limit: 300
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

answers() {
	local found
	found=$(asked "$pf" "$2" "$3") || found=none
	[ "$found" = "$1" ] || { echo "# $2 $3: $found"; return 1; }
}

# shm_at ID OFFSET LENGTH LENGTH-HIGH: a shared memory capability for BAR 4 in front of
# the list, laid over the last 24 bytes of configuration space, which are free
shm_at() {
	local first
	card set pf2 lies '' && first=$(setpci -s "$pf" 34.B)
	echo "$pf" >/sys/bus/pci/drivers/virtio-pci/unbind
	card set pf2 lies "config+0x34/1=0xe8;config+0xe8/4=0x0818${first}09;\
config+0xec/4=$(($1 << 8 | 4));config+0xf0/4=$2;config+0xf4/4=$3;config+0xf8/4=0;config+0xfc/4=$4"
	echo "$pf" >/sys/bus/pci/drivers/virtio-pci/bind && has_net
}
has_net() { wait_for 20 test -e "$pci/$pf"/virtio*/net; }
bar4() { sed -n '5s/ .*//p' "$pci/$pf/resource"; }

# each change of the configuration is another generation, and an interrupt
link() { card qmp "{\"execute\": \"set_link\", \"arguments\": {\"name\": \"$1\", \"up\": $2}}" >"$tmp/qmp"; }
generation_moves() {
	local name old new
	name=$(basename "$pci/$pf"/virtio*/net/*)
	ip link set "$name" up && wait_for 5 grep -q 1 "/sys/class/net/$name/carrier" || return 1
	old=$(asked "$pf" generation)
	link "$1" false && wait_for 5 grep -q 0 "/sys/class/net/$name/carrier" || return 1
	new=$(asked "$pf" generation)
	[ "$new" != "$old" ] || { echo "# generation $old, then $new"; return 1; }
	link "$1" true && wait_for 5 grep -q 1 "/sys/class/net/$name/carrier"
}

plan 24
modprobe transport_exercise
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
check_that "configuration changes: generation and interrupt" generation_moves pf2
set_vfs "$pf" 0
check_that "a shared memory capability in the list" shm_at 7 0x2000 0x1000 0
check_that "the region is where it says" \
	answers "$(printf '0x%x 0x1000' $(($(bar4) + 0x2000)))" shm 7
check_that "none that no capability names" answers none shm 8
check_that "a capability that leaves its BAR" shm_at 9 0 0x1000 1
check_that "is for a region that is not there" answers none shm 9
