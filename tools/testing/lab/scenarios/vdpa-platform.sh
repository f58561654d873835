#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-platform
# about: a vDPA device without a translation of its own: the platform's IOMMU lets through what its user maps
# limit: 300
# where: vm
# kernel: 6.1
# device: -device edu,dma_mask=0xffffffffffffffff -global intel-iommu.aw-bits=39
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vfio.sh
. tools/testing/lab/scenarios/lib/vfio_user.sh

platform=/sys/module/vdpa_exercise/parameters/platform

start
vdpa_load vhost_vdpa
modprobe vdpa_exercise
edu=$(lspci -Dn -d 1234:11e8 | cut -d ' ' -f 1)
echo "$edu" >$platform
# it goes on accessing memory whatever becomes of its device: only the IOMMU is between
echo 1 >"/sys/bus/pci/devices/$edu/enable"
dmesg -C
results_of "platform" /lab/out/selftests/vdpa/platform_test
check_that "the IOMMU's driver was not asked for parts of pages" eval '! dmesg | grep unaligned'
check_that "nothing stays pinned" nothing_pinned

# somebody else has the function
vdpa dev add name other mgmtdev vdpaexercise
bound other vhost_vdpa
modprobe vfio-pci
driverctl --nosave set-override "$edu" vfio-pci
check_that "a process has the function by vfio" open_user owner "$edu"
node=/dev/$(basename /sys/bus/vdpa/devices/other/vhost-vdpa-*)
check_that "then a device cannot have it" fails "busy" dd if="$node" count=0
close_user owner
check_that "and has it afterwards" dd if="$node" of="$tmp/dd" count=0 status=none
echo "$edu" >/sys/bus/pci/drivers/vfio-pci/unbind
vdpa dev del other

# nor is one that is not there
echo 0000:ff:1f.7 >$platform
check_that "without its function there is no device" fails "no such device" vdpa dev add name none mgmtdev vdpaexercise
rmmod vdpa_exercise vhost_vdpa vdpa
finish
