#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-save
# about: virsh save and restore of modern and legacy domains on a simulated NIC made without words
# limit: 2000
# when: named
# where: host
# kernel: 6.1
set -e
clients=$(tools/testing/lab/clients/disk)
over=$(tools/testing/lab/clients/over libvirt)
LAB_DEVICE="-drive if=none,id=clients,file=$clients,format=raw,snapshot=on -device virtio-blk-pci,drive=clients,serial=lab-clients"
LAB_DEVICE+=" -drive if=none,id=over,file=$over,format=raw,snapshot=on -device virtio-blk-pci,drive=over,serial=lab-over"
export LAB_DEVICE
exec tools/testing/lab/lab run -k "${CHECK_KERNEL:-6.1}" -t 1900 -- bash tools/testing/lab/clients/save.sh
