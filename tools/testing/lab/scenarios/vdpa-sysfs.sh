#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-sysfs
# about: where programs that know other simulators look for a device, at once after it was made; modules that go
# when: full
# limit: 200
# where: vm
# kernel: 6.1
# device:
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/vdpa.sh

# a device plugin's library: below the device itself when that is in /sys/devices, else beside it
virtio_device_of() {
	local real folder found
	real=$(readlink -f "/sys/bus/vdpa/devices/$1")
	folder=$(dirname "$real")
	[ "$folder" != /sys/devices ] || folder=$real
	found=$(find "$folder" -mindepth 1 -maxdepth 1 -type d -name 'virtio*' -printf '%f\n' | head -n 1)
	echo "# $real: '$found' in $folder"
	[ -n "$found" ] && [ -e "/sys/bus/virtio/devices/$found/net" ]
}
# the tool has returned: the file is there, or gone, without anybody's waiting
file_at_once() {
	local n
	for n in {1..20}; do
		vdpa dev add name "q$n" mgmtdev vdpasim_blk && [ -c "/dev/vhost-vdpa-$1" ] &&
			vdpa dev del "q$n" && [ ! -e "/dev/vhost-vdpa-$1" ] || return 1
	done
}
three() {
	local n
	for n in 0 1 2; do
		vdpa dev add name "o$n" mgmtdev vdpasim_net || return 1
	done
	for n in 0 1 2; do
		[ -e "/sys/bus/vdpa/devices/o$n/vhost-vdpa-$n" ] && [ -c "/dev/vhost-vdpa-$n" ] || return 1
	done
}
# without a stack trace of sysfs, which the lab would see as well
taken() { fails "File exists" vdpa dev add name "$1" mgmtdev vdpasim_net && ! dmesg | grep -q 'duplicate filename'; }
unload() { rmmod vdpa_sim_net && rmmod vdpa_sim_blk && rmmod vdpa_sim && rmmod vhost_vdpa && rmmod virtio_vdpa && rmmod vdpa; }

plan 14
vdpa_load vdpa vhost_vdpa vdpa_sim vdpa_sim_net vdpa_sim_blk
check_that "files are there at once, and gone at once" file_at_once 0
check_that "three NICs have the numbers 0, 1, 2" three
check_that "a device is below /sys/devices" [ -d /sys/devices/o0 ]
check_that "its file is found there" compgen -G '/sys/devices/o0/vhost-vdpa-*'
for name in system virtual vdpasim_net; do
	check_that "the name '$name', which another one has there, is refused" taken $name
done
check_that "vdpa -jp lists a device" eval 'vdpa -jp dev list o0 | grep -q "\"o0\""'
vdpa dev del o0
check_that "and fails for one that is gone" fails "" vdpa -jp dev list o0
modprobe virtio_vdpa
vdpa dev add name v0 mgmtdev vdpasim_net && bound v0 virtio_vdpa && wait_for 10 netdev_of v0
check_that "the virtio device is found from the vDPA device" virtio_device_of v0
check_that "the driver is where libvirt looks" \
	[ "$(basename "$(readlink /sys/bus/vdpa/devices/o1/driver)")" = vhost_vdpa ]
# devices are there: two with a file, one with an interface that is up
ip link set "$(netdev_of v0)" up
check_that "modules go, the parents' first" timeout 60 bash -c "$(declare -f unload); unload"
check_that "nothing is left" eval '! ls -d /sys/devices/o1 /sys/devices/vdpasim_net /dev/vhost-vdpa-* 2>"$tmp/err"'
check_that "and they load again" modprobe vdpa_sim_net
rmmod vdpa_sim_net vdpa_sim vdpa
