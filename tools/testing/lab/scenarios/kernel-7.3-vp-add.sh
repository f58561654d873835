#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: kernel-7.3-vp-add
# about: all of vdpa-vp-add on 7.3
# limit: 240
# where: vm
# kernel: 7.3
# device: -netdev user,id=up0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=2,vf-queues=4 -device ifc-net,id=ifc0,bus=rp1,netdev=up0,host_mtu=1400 -device ifc-blk,id=ifc1,bus=rp2,drive=card0
# when: full
exec bash tools/testing/lab/scenarios/vdpa-vp-add.sh
