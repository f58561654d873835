#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-guest
# about: unmodified QEMU with -netdev vhost-vdpa: nested guests reach the host; all kinds of memory
# limit: 500
# when: named
# where: vm
# kernel: 6.1
# device:
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh
. tools/testing/lab/scenarios/lib/vdpa.sh

# bound DEVICE DRIVER: whichever drivers are loaded
bound() { driverctl -b vdpa --nosave set-override "$1" "$2"; }

# A NIC for the host on the simulators' wire, one for the guest: nics [FEATURES]
nics() {
	vdpa_load vdpa_sim_net virtio_vdpa vhost_vdpa
	vdpa dev add name host mgmtdev vdpasim_net && bound host virtio_vdpa &&
		wait_for 10 netdev_of host || return 1
	udevadm settle --timeout=30
	ip address add 10.7.0.1/24 dev "$(netdev_of host)"
	ip link set "$(netdev_of host)" up
	guest_nic
}
guest_nic() {
	/lab/out/selftests/vdpa/add guest vdpasim_net 02:00:00:00:00:99 "$@" &&
		bound guest vhost_vdpa && wait_for 10 compgen -G "/sys/bus/vdpa/devices/guest/vhost-vdpa-*" ||
		return 1
	node=$(basename /sys/bus/vdpa/devices/guest/vhost-vdpa-*)
	netdev="-netdev vhost-vdpa,vhostdev=/dev/$node,id=n0"
}

device="-device virtio-net-pci,netdev=n0,mac=02:00:00:00:00:99,romfile="
netdev=
traffic=("net=eth0,10.7.0.2/24" "ping=10.7.0.1,5" "ping=10.7.0.1,3,1400")

reaches_host() {
	local name=$1 words=$2
	shift 2
	guest "$name" --modern --mem 256 --boot-limit 120 --extra "$words $device" -- "${traffic[@]}" "$@"
}
# its errors begin with its name and a colon; its command line, in the same file, does not
qemu_is_quiet() { ! grep '^qemu-system-x86_64: ' "/lab-out/guest-$1-qemu.log" | sed 's/^/# /' | grep .; }
# each processor counts by itself until stat_refresh
pinned() { echo 1 >/proc/sys/vm/stat_refresh; awk '/^nr_foll_pin_acquired/ { n += $2 } /^nr_foll_pin_released/ { n -= $2 } END { print n }' /proc/vmstat; }
nothing_pinned() { [ "$(pinned)" = 0 ] || { echo "# $(pinned) pages are"; return 1; }; }
mapped_all() { ! dmesg | grep 'cannot map' | sed 's/^/# /' | grep .; }

plan 12
check_that "a NIC for the host, one for the guest" nics
check_that "anonymous memory: the guest reaches the host" reaches_host anonymous "$netdev"
check_that "QEMU had nothing to complain about" qemu_is_quiet anonymous
memfd="-object memory-backend-memfd,id=ram,size=256M,share=on -machine memory-backend=ram"
check_that "shared memfd" reaches_host memfd "$memfd $netdev"
check_that "and after a reboot" reaches_host reboot "$netdev" reset "${traffic[@]}"
# QEMU 7.2's shadow queues know few features: those, and what the rings need
vdpa dev del guest
guest_nic "$(printf '%#x' $((1 << 3 | 1 << 5 | 1 << 16 | 1 << 17 | 1 << 32 | 1 << 33)))"
check_that "with QEMU's shadow queues" reaches_host svq "$netdev,x-svq=on"
check_that "QEMU had nothing to complain about" qemu_is_quiet svq
check_that "all memory was mapped" mapped_all
check_that "none is pinned any more" nothing_pinned

# the same by virtual addresses
vdpa dev del guest
vdpa dev del host
rmmod vdpa_sim_net vdpa_sim
modprobe vdpa_sim use_va=1
check_that "virtual addresses: NICs" nics
check_that "anonymous memory: the guest reaches the host" reaches_host va-anonymous "$netdev"
check_that "all memory was mapped" mapped_all
