#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: kernel-7.3-vp-suspend
# about: all of vdpa-vp-suspend on 7.3
# limit: 200
# where: vm
# kernel: 7.3
# device: -device virtio-blk-pf,id=pf1,bus=rp1,vfs=2,migration=off,suspend=on,drive=card0,vf-drives=card1:card2
# when: full
exec bash tools/testing/lab/scenarios/vdpa-vp-suspend.sh
