#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-migrate
# about: QEMU 10.0 and 11.1 migrate modern and legacy guests between two simulated NICs made without words
# limit: 3000
# when: named
# where: host
# kernel: 6.1
set -e
disk=$(tools/testing/lab/clients/disk)
export LAB_DEVICE="-drive if=none,id=clients,file=$disk,format=raw,snapshot=on -device virtio-blk-pci,drive=clients,serial=lab-clients"
exec tools/testing/lab/lab run -k "${CHECK_KERNEL:-6.1}" -t 2900 -- bash tools/testing/lab/clients/migrate.sh
