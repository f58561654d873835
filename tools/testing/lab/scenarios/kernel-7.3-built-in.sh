#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: kernel-7.3-built-in
# about: 7.3 with our folders laid over its tree and built in, vDPA too: PF, VF, registers, a simulator
# limit: 240
# when: named
# where: vm
# kernel: 7.3-built-in
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vfio.sh

built_in() {
	local module
	for module in "$@"; do
		grep -q "/$module.ko" "/lib/modules/$(uname -r)/modules.builtin" || { echo "# $module is not"; return 1; }
	done
}
simulated() {
	local dev
	vdpa dev add name built0 mgmtdev vdpasim_net && vdpa dev config show built0 >/dev/null
	dev=$(readlink -f /sys/bus/vdpa/devices/built0)
	[ -d "$dev" ] && [ "$(basename "$(readlink "$dev/driver")")" = virtio_vdpa ]
	vdpa dev del built0
}

start
check_that "our drivers are built in" built_in virtio_pci virtio-vfio-pci vdpa vdpa_sim_net vdpa_sim_blk virtio_vdpa vhost_vdpa
check_that "it is our virtio_pci" [ -e /sys/module/virtio_pci/parameters/admin_timeout_ms ]
both_types region config bar0
check_that "a simulated vDPA device is made, driven and removed" simulated
finish
