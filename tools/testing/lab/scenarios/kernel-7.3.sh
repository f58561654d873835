#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: kernel-7.3
# about: 7.3 on our modules: the VM's own devices, the PF, a VF as a vfio cdev
# limit: 120
# where: vm
# kernel: 7.3
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh

ours() { [[ $(modinfo -F filename "$1") == */updates/* ]]; }
on_cdev() { ls "/sys/bus/pci/devices/$1/vfio-dev/" | sed 's,^,/dev/vfio/devices/,' | xargs test -c; }
# the identity a legacy guest would see is behind the cdev too
opens_through_iommufd() { /usr/bin/python3 tools/testing/lab/scenarios/lib/vfio_cdev.py "$1"; }

plan 8
check_that "it is the lab's 7.3" eval '[[ $(uname -r) == 7.3.*-lab* ]]'
check_that "virtio_pci is ours" ours virtio_pci
check_that "virtio-vfio-pci is ours" ours virtio-vfio-pci
pf=$(pf_of rp0)
check_that "our virtio_pci drives the PF" [ "$(driver_of "$pf")" = virtio-pci ]
set_vfs "$pf" 2
vf=$(vfs_of "$pf" | head -n 1)
modprobe -a virtio-vfio-pci iommufd
check_that "a VF is given to virtio-vfio-pci" give_to virtio-vfio-pci "$vf"
udevadm settle --timeout=30
check_that "it is a character device of vfio" on_cdev "$vf"
check_that "opened, bound, attached, DMA mapped, detached by iommufd" opens_through_iommufd "$vf"
set_vfs "$pf" 0
check_that "the VFs are gone" [ -z "$(vfs_of "$pf")" ]
