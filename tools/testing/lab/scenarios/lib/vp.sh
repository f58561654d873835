# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154	# vp_vfs and file are the scenario's, tmp is ktap.sh's
# VFs of the card under vp_vdpa, in the VM. Needs: lib/ktap.sh, lib/card.sh, lib/vdpa.sh.

# vp_vfs ROOTPORT N: so many VFs of its PF, each bound to vp_vdpa; into $vp_vfs
vp_vfs() {
	local pf vf
	pf=$(pf_of "$1") || return 1
	echo 0 >"/sys/bus/pci/devices/$pf/sriov_drivers_autoprobe"
	modprobe vp_vdpa && set_vfs "$pf" "$2" || return 1
	mapfile -t vp_vfs < <(vfs_of "$pf")
	for vf in "${vp_vfs[@]}"; do
		give_to vp_vdpa "$vf" || return 1
	done
	[ ${#vp_vfs[@]} = "$2" ]
}

# vp_host_nic ADDRESS: a NIC of the host's on that VF, for guests to reach
vp_host_nic() {
	vdpa_load virtio_vdpa vhost_vdpa
	vdpa dev add name host mgmtdev "pci/$1" && bound host virtio_vdpa &&
		wait_for 20 netdev_of host || return 1
	udevadm settle --timeout=30
	ip address add 10.7.0.1/24 dev "$(netdev_of host)"
	ip link set "$(netdev_of host)" up
}

# vp_file NAME ADDRESS [FEATURES]: a device for a process on that VF; its file is then $file
vp_file() {
	/lab/out/selftests/vdpa/add "$1" "pci/$2" - ${3:+"$3"} ||
		{ vdpa mgmtdev show "pci/$2" | sed 's/^/# /'; return 1; }
	bound "$1" vhost_vdpa &&
		wait_for 10 compgen -G "/sys/bus/vdpa/devices/$1/vhost-vdpa-*" || return 1
	file=/dev/$(basename "/sys/bus/vdpa/devices/$1"/vhost-vdpa-*)
}

unbind() { echo "$1" | timeout $((60 * ktap_patience)) tee "/sys/bus/pci/devices/$1/driver/unbind" >"$tmp/unbind"; }

# A virtio device's parent is the one that does its DMA: the function, not the vDPA device
below_function() { ls "$(dirname "$(readlink -f "/sys/bus/vdpa/devices/$1")")"/virtio*/"$2" 2>"$tmp/err"; }
netdev_of() { below_function "$1" net; }
disk_of() { below_function "$1" block; }
