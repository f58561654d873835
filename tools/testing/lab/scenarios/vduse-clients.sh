#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vduse-clients
# about: unchanged daemons: QEMU 10.0's and 11.1's disk for the host and for libblkio, DPDK 24.11's NIC in two ways
# limit: 900
# when: named
# where: host
# kernel: 6.1
set -e
disk=$(tools/testing/lab/clients/disk)
export LAB_DEVICE="-drive if=none,id=clients,file=$disk,format=raw,snapshot=on -device virtio-blk-pci,drive=clients,serial=lab-clients"
exec tools/testing/lab/lab run -k "${CHECK_KERNEL:-6.1}" -t 800 -- bash tools/testing/lab/clients/vduse.sh
