#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-qemus
# about: a NIC made without words in QEMU 7.2, 10.0 and 11.1: shadow queues, other rings, legacy guests
# limit: 5000
# when: named
# where: host
# kernel: 6.1
set -e
disk=$(tools/testing/lab/clients/disk)
export LAB_DEVICE="-drive if=none,id=clients,file=$disk,format=raw,snapshot=on -device virtio-blk-pci,drive=clients,serial=lab-clients"
exec tools/testing/lab/lab run -k "${CHECK_KERNEL:-6.1}" -t 4800 -- bash tools/testing/lab/clients/qemus.sh
