#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: kernel-6.12-migrate
# about: all of vfio-migrate on 6.12
# limit: 600
# where: vm
# kernel: 6.12
# device: -netdev user,id=up0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=4,uplink=up0 -device virtio-blk-pf,id=pf1,bus=rp1,vfs=4,drive=card0,vf-drives=card1:card2:card3:card4 -device virtio-net-pf,id=pf2,bus=rp2,vfs=2,vf-queues=2
# when: full
exec bash tools/testing/lab/scenarios/vfio-migrate.sh
