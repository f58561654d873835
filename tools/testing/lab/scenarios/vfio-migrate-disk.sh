#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-migrate-disk
# about: vfio-migrate, with the programs that it runs on a NIC on a disk
# when: full
# limit: 600
# where: vm
# passes: VFIO_SEED
# kernel: 6.1
# device: -netdev user,id=up0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=4,uplink=up0 -device virtio-blk-pf,id=pf1,bus=rp1,vfs=4,drive=card0,vf-drives=card1:card2:card3:card4 -device virtio-net-pf,id=pf2,bus=rp2,vfs=2,vf-queues=2
VFIO_MIGRATE=blk exec bash tools/testing/lab/scenarios/vfio-migrate.sh
