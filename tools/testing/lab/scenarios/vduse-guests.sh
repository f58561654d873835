#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vduse-guests
# about: guests on a storage daemon's disk, QEMU 10.0 and 11.1: by libblkio, also migrated, and as generic device
# limit: 2400
# when: named
# where: host
# kernel: 6.1
set -e
disk=$(tools/testing/lab/clients/disk)
export LAB_DEVICE="-drive if=none,id=clients,file=$disk,format=raw,snapshot=on -device virtio-blk-pci,drive=clients,serial=lab-clients"
exec tools/testing/lab/lab run -k "${CHECK_KERNEL:-6.1}" -t 2300 -- bash tools/testing/lab/clients/vduse-guests.sh
