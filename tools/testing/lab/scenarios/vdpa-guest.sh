#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-guest
# about: unmodified QEMU with -netdev vhost-vdpa: nested guests reach the host; all kinds of memory
# limit: 500
# where: vm
# kernel: 6.1
# device:
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh
. tools/testing/lab/scenarios/lib/vdpa.sh

# A NIC for the host on the simulators' wire, one for the guest
nics() {
	vdpa_load vdpa_sim_net virtio_vdpa
	vdpa dev add name host mgmtdev vdpasim_net && wait_for 10 netdev_of host || return 1
	udevadm settle --timeout=30
	ip address add 10.7.0.1/24 dev "$(netdev_of host)"
	ip link set "$(netdev_of host)" up
	rmmod virtio_vdpa 2>"$tmp/err"	# in use: it stays for the host's
	modprobe vhost_vdpa
	vdpa dev add name guest mgmtdev vdpasim_net mac 02:00:00:00:00:99 || return 1
	driverctl -b vdpa --nosave set-override guest vhost_vdpa
	wait_for 10 test -c /dev/vhost-vdpa-0
}

device="-device virtio-net-pci,netdev=n0,mac=02:00:00:00:00:99,romfile="
netdev="-netdev vhost-vdpa,vhostdev=/dev/vhost-vdpa-0,id=n0"
traffic=(net=eth0,10.7.0.2/24 ping=10.7.0.1,5 ping=10.7.0.1,3,1400)

reaches_host() {
	local name=$1 words=$2
	shift 2
	guest "$name" --modern --mem 512 --extra "$words $device" -- "${traffic[@]}" "$@"
}
qemu_is_quiet() { ! grep -i -e 'vhost' -e 'fail' "/lab-out/guest-$1-qemu.log" | sed 's/^/# /' | grep .; }
nothing_locked() { [ "$(awk '/^Unevictable|^Mlocked/ { n += $2 } END { print n }' /proc/meminfo)" -lt 4096 ]; }
mapped_all() { ! dmesg | grep 'cannot map' | sed 's/^/# /' | grep .; }

plan 12
check_that "a NIC for the host, one for the guest" nics
check_that "anonymous memory: the guest reaches the host" reaches_host anonymous "$netdev"
check_that "QEMU had nothing to complain about" qemu_is_quiet anonymous
memfd="-object memory-backend-memfd,id=ram,size=512M,share=on -machine memory-backend=ram"
check_that "shared memfd" reaches_host memfd "$memfd $netdev"
check_that "after 3 reboots, driver and device start afresh" reaches_host reboots "$netdev" \
	reset "${traffic[@]}" reset "${traffic[@]}" reset "${traffic[@]}"
check_that "with QEMU's shadow queues" reaches_host svq "$netdev,x-svq=on"
check_that "QEMU had nothing to complain about" qemu_is_quiet svq
check_that "all memory was mapped" mapped_all
check_that "none is locked any more" nothing_locked

# the same by virtual addresses
vdpa dev del guest
vdpa dev del host
rmmod vdpa_sim_net vdpa_sim
modprobe vdpa_sim use_va=1
check_that "virtual addresses: NICs" nics
check_that "anonymous memory: the guest reaches the host" reaches_host va-anonymous "$netdev"
check_that "all memory was mapped" mapped_all
