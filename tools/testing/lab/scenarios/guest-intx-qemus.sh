#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: guest-intx-qemus
# about: legacy guests without MSI-X in QEMU 10.0 and 11.1: pc and q35, KVM's irqchip whole and split
# limit: 1300
# when: named
# where: host
# kernel: 6.1
set -e
disk=$(tools/testing/lab/clients/disk)
export LAB_MORE="-drive if=none,id=clients,file=$disk,format=raw,snapshot=on -device virtio-blk-pci,drive=clients,serial=lab-clients"
exec tools/testing/lab/lab run -k "${CHECK_KERNEL:-6.1}" -t 1200 -- bash tools/testing/lab/clients/intx.sh
