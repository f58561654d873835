# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154	# variables are scenarios', tmp is ktap.sh's
# Guests of an unmodified QEMU on a vhost-vdpa device, in the VM. Needs: lib/ktap.sh,
# lib/card.sh, lib/guest.sh, lib/vdpa.sh.

# A NIC for the host on the simulators' wire, and one for guests, whose file is $node:
# nics [FEATURES]
nics() {
	vdpa_load vdpa_sim_net virtio_vdpa vhost_vdpa
	vdpa dev add name host mgmtdev vdpasim_net && bound host virtio_vdpa &&
		wait_for 10 netdev_of host || return 1
	udevadm settle --timeout=30
	ip address add 10.7.0.1/24 dev "$(netdev_of host)"
	ip link set "$(netdev_of host)" up
	guest_nic "$@"
}
guest_nic() {
	/lab/out/selftests/vdpa/add guest vdpasim_net 02:00:00:00:00:99 "$@" &&
		bound guest vhost_vdpa && wait_for 10 compgen -G "/sys/bus/vdpa/devices/guest/vhost-vdpa-*" ||
		return 1
	node=$(basename /sys/bus/vdpa/devices/guest/vhost-vdpa-*)
	netdev="-netdev vhost-vdpa,vhostdev=/dev/$node,id=n0 $nic"
	generic="-device vhost-vdpa-device-pci,vhostdev=/dev/$node"
}
# QEMU 7.2's shadow queues know few features: those, and what the rings need
SVQ_FEATURES=$(printf '%#x' $((1 << 3 | 1 << 5 | 1 << 16 | 1 << 17 | 1 << 32 | 1 << 33)))

nic="-device virtio-net-pci,netdev=n0,mac=02:00:00:00:00:99,romfile="
netdev='' generic='' node=''
traffic=("net=eth0,10.7.0.2/24" "ping=10.7.0.1,5" "ping=10.7.0.1,3,1400")
# memory_of KIND MIB: QEMU's words for memory of that kind; anonymous needs none
memory_of() {
	[ "$1" = anonymous ] ||
		echo "-object memory-backend-memfd,id=ram,size=$2M,share=on -machine memory-backend=ram"
}

# reaches_host NAME MIB WORDS [ACTION...]: a guest with these words for QEMU
reaches_host() {
	local name=$1 mib=$2 words=$3
	shift 3
	guest "$name" --modern --mem "$mib" --boot-limit 120 --extra "$words" -- "${traffic[@]}" "$@"
}
# its errors begin with its name and a colon; its command line, in the same file, does not. That
# the launcher's words are out of fashion in 11.1 is not the device's fault.
qemu_is_quiet() {
	! grep '^qemu-system-x86_64: ' "/lab-out/guest-$1-qemu.log" | grep -v 'is deprecated' | sed 's/^/# /' | grep .
}
mapped_all() { ! dmesg | grep 'cannot map' | sed 's/^/# /' | grep .; }
