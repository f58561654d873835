#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-bind
# about: who gets virtio-vfio-pci: by both spellings of its name, by choice only; all else is plain vfio-pci
# limit: 120
# where: vm
# kernel: 6.1
# device: -netdev user,id=up0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=4,uplink=up0 -device virtio-blk-pf,id=pf1,bus=rp1,vfs=4,drive=card0,vf-drives=card1:card2:card3:card4 -device virtio-net-pf,id=pf2,bus=rp2,vfs=2,common-len=56
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vfio.sh

devices=/sys/bus/pci/devices drivers=/sys/bus/pci/drivers

release_from_driver() {
	[ ! -e "$devices/$1/driver" ] || echo "$1" >"$devices/$1/driver/unbind"
	echo >"$devices/$1/driver_override"
}

# as scripts do it that know the module's name
by_bind_file() {
	release_from_driver "$1"
	echo "$2" >"$devices/$1/driver_override"
	echo "$1" >"$drivers/$2/bind"
	[ "$(driver_of "$1")" = "$2" ]
}

refuses_without_override() {
	local name
	release_from_driver "$1"
	for name in virtio-vfio-pci virtio_vfio_pci; do
		! echo "$1" >"$drivers/$name/bind" || return 1
	done 2>/dev/null
	[ ! -e "$devices/$1/driver" ]
}

# lines_about ADDRESS: on its legacy interface, since the log was last cleared
lines_about() { dmesg | grep -c "virtio[-_]vfio[-_]pci $1: .*legacy" || :; }

# same_as_vfio_pci ADDRESS: nothing that vfio shows tells the two drivers apart
same_as_vfio_pci() {
	by_bind_file "$1" vfio-pci && "$VFIO_TESTS/dump" "$1" >"$tmp/stock" &&
		by_bind_file "$1" virtio-vfio-pci && "$VFIO_TESTS/dump" "$1" >"$tmp/ours" &&
		[ -s "$tmp/ours" ] && diff "$tmp/stock" "$tmp/ours" | sed 's/^/# /' && cmp -s "$tmp/stock" "$tmp/ours"
}

aliases_are() {
	local id
	modinfo -F alias virtio-vfio-pci >"$tmp/aliases"
	for id in 1041 1042 1043 1044 1045 1048; do
		grep -q "^vfio_pci:v00001AF4d0000${id}sv" "$tmp/aliases" || return 1
	done
	[ "$(wc -l <"$tmp/aliases")" = 6 ] && ! grep -qv '^vfio_pci:' "$tmp/aliases"
}

still_open_after_rmmod() {
	coproc "$VFIO_TESTS/user" "$1"
	local in=${COPROC[1]} out=${COPROC[0]} pid=$COPROC_PID answer result=0
	read -r -u "$out" answer && [ "$answer" = open ] || result=1
	! rmmod virtio-vfio-pci 2>/dev/null || result=1
	echo "r 18 1" >&"$in"
	read -r -u "$out" answer && [ "${answer% *}" = 0 ] || result=1
	eval "exec $in>&-"
	wait "$pid" || result=1
	return $result
}

start
check_that "the module has aliases for libvirt and no others" aliases_are
modprobe -a vfio-pci virtio-vfio-pci
pf=$(pf_of rp0)
echo 0 >"$devices/$pf/sriov_drivers_autoprobe"
set_vfs "$pf" 2
mapfile -t vfs < <(vfs_of "$pf")
vf=${vfs[0]}
check_that "loading it takes no VF" [ ! -e "$devices/$vf/driver" ]
check_that "neither name binds without an override" refuses_without_override "$vf"
check_that "driverctl set-override, with dashes" driverctl set-override "$vf" virtio-vfio-pci
check_that "the VF is bound" [ "$(driver_of "$vf")" = virtio-vfio-pci ]
release_from_driver "$vf"
check_that "driverctl set-override, with underscores" driverctl set-override "$vf" virtio_vfio_pci
check_that "the VF is bound to that name" [ "$(driver_of "$vf")" = virtio_vfio_pci ]
for name in virtio_vfio_pci virtio-vfio-pci; do
	check_that "the bind file of $name" by_bind_file "$vf" $name
	export VFIO_DEVICE=$vf
	results_of "bound to $name" "$VFIO_TESTS/region_test"
done
check_that "an open device keeps the module" still_open_after_rmmod "$vf"

dmesg -C
plain=$(pf_of rp1)
check_that "a PF is as with vfio-pci" same_as_vfio_pci "$plain"
check_that "it is driven by its own driver again" by_bind_file "$plain" virtio-pci
echo >"$devices/$plain/driver_override"

dmesg -C
plain=$(pf_of rp2)
echo 0 >"$devices/$plain/sriov_drivers_autoprobe"
set_vfs "$plain" 1
without=$(vfs_of "$plain")
check_that "a VF without legacy commands is as with vfio-pci" same_as_vfio_pci "$without"
check_that "one line says so" [ "$(lines_about "$without")" = 1 ]
dmesg | grep "vfio.pci $without" | sed 's/^/# /'

# optional pieces that are missing
card faults pf0 'vf1:notify=none'
dmesg -C
check_that "a VF without notification address is bound" by_bind_file "${vfs[1]}" virtio-vfio-pci
export VFIO_DEVICE=${vfs[1]}
results_of "without notification address" "$VFIO_TESTS/region_test"
check_that "its log is short" [ "$(dmesg | grep -c 'no valid notification address')" -le 6 ]
card faults pf0 'vf1:mute'
echo 300 >/sys/module/virtio_pci/parameters/admin_timeout_ms
release_from_driver "${vfs[1]}"
check_that "a VF that does not answer is bound" by_bind_file "${vfs[1]}" virtio-vfio-pci
card faults pf0 ''
echo 5000 >/sys/module/virtio_pci/parameters/admin_timeout_ms
for one in "${vfs[@]}"; do
	release_from_driver "$one"
done
check_that "the module goes when nobody uses it" rmmod virtio-vfio-pci
finish
