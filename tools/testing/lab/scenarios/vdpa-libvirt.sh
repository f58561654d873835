#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-libvirt
# about: libvirt 11.3 gives a VF under vp_vdpa to a guest, at its start and live, takes it back, refuses it to a second one, and gives it another VF beside it
# limit: 900
# when: named
# where: host
# kernel: 6.1
set -e
disk=$(tools/testing/lab/clients/over libvirt)
export LAB_DEVICE="-netdev user,id=up0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=2,uplink=up0
	-device virtio-blk-pf,id=pf1,bus=rp1,vfs=1,drive=card0,vf-drives=card1
	-drive if=none,id=over,file=$disk,format=raw,snapshot=on -device virtio-blk-pci,drive=over,serial=lab-over"
exec tools/testing/lab/lab run -k "${CHECK_KERNEL:-6.1}" -t 800 -- bash tools/testing/lab/clients/vdpa-libvirt.sh
