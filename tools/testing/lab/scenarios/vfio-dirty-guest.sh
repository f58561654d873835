#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-dirty-guest
# about: QEMU 10.0 migrates a legacy and a modern guest without being told to: the card logs what the VF writes to
# limit: 1300
# when: named
# where: host
# kernel: 6.1
set -e
disk=$(tools/testing/lab/clients/disk)
export LAB_MORE="-drive if=none,id=clients,file=$disk,format=raw,snapshot=on -device virtio-blk-pci,drive=clients,serial=lab-clients"
export LAB_DEVICE="-netdev user,id=up0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=8,uplink=up0,dirty-log=112"
exec tools/testing/lab/lab run -k "${CHECK_KERNEL:-6.1}" -t 1200 -- \
	bash tools/testing/lab/clients/vfio-migrate.sh --log card legacy modern
