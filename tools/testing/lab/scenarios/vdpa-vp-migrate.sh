#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-vp-migrate
# about: QEMU 10.0 migrates a guest from one VF to another and back, by vp_vdpa and vhost_vdpa, under traffic; without and with a control queue
# limit: 1900
# when: named
# where: host
# kernel: 6.1
set -e
disk=$(tools/testing/lab/clients/disk)
LAB_DEVICE="-netdev user,id=up0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=4,uplink=up0"
LAB_DEVICE+=" -drive if=none,id=clients,file=$disk,format=raw,snapshot=on -device virtio-blk-pci,drive=clients,serial=lab-clients"
export LAB_DEVICE
# shellcheck disable=SC2086	# words
exec tools/testing/lab/lab run -k "${CHECK_KERNEL:-6.1}" -t 1800 -- bash tools/testing/lab/clients/vp-migrate.sh ${MIGRATE_MODES:-no-control control}
