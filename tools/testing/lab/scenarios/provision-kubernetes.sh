#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: provision-kubernetes
# about: the SR-IOV device plugin's configuration selects the VFs that are bound, by the plugin's rules for sysfs
# when: full
# limit: 60
# where: vm
# kernel: 6.1
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vfio.sh

config=contrib/kubernetes/sriovdp-config.yaml
offered() { /usr/bin/python3 tools/testing/lab/scenarios/lib/device_plugin.py "${1:-$config}"; }
# what there should be: a line for each address
resources() { [ $# = 0 ] || printf 'virtio/net_vf_legacy %s\n' "$@"; }

plan 7
check_that "no VF: nothing is offered" [ -z "$(offered)" ]
check_that "disks are bound" transitional rp1 2
check_that "which are no network devices" [ -z "$(offered)" ]
check_that "four NICs are bound" transitional rp0 4
check_that "they are offered, their PF is not" [ "$(offered)" = "$(resources "${vfs[@]}")" ]
echo "${vfs[1]}" >/sys/bus/pci/drivers/virtio-vfio-pci/unbind
check_that "one without a driver is not" [ "$(offered)" = "$(resources "${vfs[0]}" "${vfs[@]:2}")" ]
sed 's/"virtio-vfio-pci"/"vfio-pci"/' $config >"$tmp/other.yaml"
check_that "nor is any of them by another driver's name" [ -z "$(offered "$tmp/other.yaml")" ]
