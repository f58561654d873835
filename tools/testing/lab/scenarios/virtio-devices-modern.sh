#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: virtio-devices-modern
# about: modern-only devices of each type on our virtio_pci, which force_legacy leaves alone: use, remove, rescan
# when: full
# limit: 600
# where: vm
# kernel: 6.1
# device: -device virtio-blk-pci,drive=card0,addr=0x10,disable-legacy=on,disable-modern=off -device virtio-scsi-pci,id=scsi,addr=0x11,disable-legacy=on,disable-modern=off -device scsi-hd,drive=card1,bus=scsi.0 -netdev user,id=un,restrict=on -device virtio-net-pci,netdev=un,romfile=,addr=0x12,disable-legacy=on,disable-modern=off -device virtio-balloon-pci,addr=0x13,disable-legacy=on,disable-modern=off -device virtio-rng-pci,addr=0x14,disable-legacy=on,disable-modern=off -chardev ringbuf,id=ring,size=4096 -device virtio-serial-pci,id=serial,addr=0x15,disable-legacy=on,disable-modern=off -device virtserialport,bus=serial.0,chardev=ring,name=parity -fsdev local,id=parity,path=/usr/share/seabios,security_model=none,readonly=on,multidevs=remap -device virtio-9p-pci,fsdev=parity,mount_tag=parity,addr=0x16,disable-legacy=on,disable-modern=off
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/virtio.sh

parity modern msix modern blk=10 scsi=11 net=12 balloon=13 rng=14 serial=15 9p=16
