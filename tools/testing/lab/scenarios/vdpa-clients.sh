#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-clients
# about: clients of vhost-vdpa that are no QEMU: libblkio on a simulated disk, DPDK on a simulated NIC
# limit: 1500
# when: named
# where: host
# kernel: 6.1
set -e
disk=$(tools/testing/lab/clients/disk)
export LAB_DEVICE="-drive if=none,id=clients,file=$disk,format=raw,snapshot=on -device virtio-blk-pci,drive=clients,serial=lab-clients"
exec tools/testing/lab/lab run -k "${CHECK_KERNEL:-6.1}" -t 1400 -- bash tools/testing/lab/clients/run.sh
