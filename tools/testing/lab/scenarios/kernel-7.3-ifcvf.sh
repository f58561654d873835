#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: kernel-7.3-ifcvf
# about: all of vdpa-ifcvf on 7.3
# limit: 300
# where: vm
# kernel: 7.3
# device: -netdev user,id=up0 -device ifc-net,id=ifc0,bus=rp0,netdev=up0 -device ifc-blk,id=ifc1,bus=rp1,drive=card0 -device ifc-blk,id=ifc2,bus=rp2,drive=card1,vectors=1
# when: full
exec bash tools/testing/lab/scenarios/vdpa-ifcvf.sh
