#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-tool
# about: the vdpa tool of Debian 12's backports: all of vdpa-mgmt by it, and what the older one does not know
# when: full
# limit: 400
# where: host
# kernel: 6.1
set -e
disk=$(tools/testing/lab/clients/over iproute2)
export LAB_DEVICE="-drive if=none,id=over,file=$disk,format=raw,snapshot=on -device virtio-blk-pci,drive=over,serial=lab-over"
exec tools/testing/lab/lab run -k "${CHECK_KERNEL:-6.1}" -t 300 -- bash tools/testing/lab/clients/tool.sh
