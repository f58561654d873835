#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-migrate-modes
# about: QEMU 10.0 migrates guests with four queues, packed rings or by several connections, to another VF and back; the card logs what it writes to
# limit: 1600
# when: named
# where: host
# kernel: 6.1
set -e
disk=$(tools/testing/lab/clients/disk)
export LAB_MORE="-drive if=none,id=clients,file=$disk,format=raw,snapshot=on -device virtio-blk-pci,drive=clients,serial=lab-clients"
LAB_DEVICE="-netdev user,id=up0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=2,vf-queues=4,uplink=up0,dirty-log=112"
LAB_DEVICE+=" -netdev user,id=up2 -device virtio-net-pf,id=pf2,bus=rp2,vfs=2,packed=on,uplink=up2,dirty-log=112"
export LAB_DEVICE
# shellcheck disable=SC2086	# words
exec tools/testing/lab/lab run -k "${CHECK_KERNEL:-6.1}" -t 1500 -- \
	bash tools/testing/lab/clients/vfio-migrate-modes.sh ${MIGRATE_MODES:-queues queues-legacy packed multifd}
