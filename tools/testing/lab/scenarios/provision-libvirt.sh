#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: provision-libvirt
# about: contrib's libvirt files give a VF to a legacy guest and take it back, by Debian 12's backport and its own libvirt
# limit: 900
# when: named
# where: host
# kernel: 6.1
set -e
disk=$(tools/testing/lab/clients/over libvirt)
export LAB_DEVICE="-netdev user,id=up0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=8,uplink=up0
	-drive if=none,id=over,file=$disk,format=raw,snapshot=on -device virtio-blk-pci,drive=over,serial=lab-over"
exec tools/testing/lab/lab run -k "${CHECK_KERNEL:-6.1}" -t 700 -- bash tools/testing/lab/clients/libvirt.sh
