#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: kernel-7.3-built-in
# about: 7.3 with our folders laid over its tree and built in, vDPA too: PF, VF, registers, a simulator; make install refuses
# limit: 240
# when: named
# where: vm
# kernel: 7.3-built-in
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vfio.sh
. tools/testing/lab/scenarios/lib/refuse.sh

built_in() {
	local module
	for module in "$@"; do
		grep -q "/$module.ko" "/lib/modules/$(uname -r)/modules.builtin" || { echo "# $module is not"; return 1; }
	done
}
# simulated NAME TYPE: a device is made, and has a driver of ours; then it is vhost_vdpa's
simulated() {
	local dev=/sys/bus/vdpa/devices/$1
	vdpa dev add name "$1" mgmtdev "vdpasim_$2" && vdpa dev config show "$1" >/dev/null || return 1
	udevadm settle --timeout=30
	[ "$(basename "$(readlink "$dev/driver")")" = virtio_vdpa ] || { echo "# driver: $(readlink "$dev/driver")"; return 1; }
	echo vhost_vdpa >"$dev/driver_override"
	echo "$1" >"$dev/driver/unbind"
	echo "$1" >/sys/bus/vdpa/drivers_probe
	wait_for 10 [ -c /dev/vhost-vdpa-0 ] && : </dev/vhost-vdpa-0 || return 1
	vdpa dev del "$1" && [ ! -e "$dev" ]
}

start
check_that "our drivers are built in" built_in virtio_pci virtio-vfio-pci vdpa vdpa_sim_net vdpa_sim_blk virtio_vdpa vhost_vdpa
check_that "it is our virtio_pci" [ -e /sys/module/virtio_pci/parameters/admin_timeout_ms ]
both_types region config bar0
check_that "it is our vDPA bus" grep -q '[[:space:]]vvp_vdpa_reset' /proc/kallsyms
check_that "a simulated NIC is made, driven by virtio_vdpa, by vhost_vdpa, and removed" simulated net0 net
check_that "and a disk" simulated blk0 blk

# what modprobe would never load is not installed
take_modules
for part in vdpa:vdpa virtio-pci:virtio_pci variant:virtio-vfio-pci; do
	check_that "make install refuses the part ${part%:*}" \
		refuses "^install-modules: Linux $release has ${part#*:} built in: it cannot be replaced; leave the part ${part%:*} out" \
		make_install "${part%:*}"
done
finish
