#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-guest-matrix
# about: nested guests on vhost-vdpa: two QEMUs, two kinds of device, memory of all kinds, shadow queues
# limit: 6000
# when: named
# where: host
# kernel: 6.1
set -e
disk=$(tools/testing/lab/clients/disk)
export LAB_DEVICE="-drive if=none,id=clients,file=$disk,format=raw,snapshot=on -device virtio-blk-pci,drive=clients,serial=lab-clients"
exec tools/testing/lab/lab run -k "${CHECK_KERNEL:-6.1}" -t 5800 -- bash tools/testing/lab/clients/guests.sh
