#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-migrate-hosts
# about: QEMU 10.0 migrates a legacy guest with a NIC and a disk to another host and back, while it pings and writes
# limit: 2000
# when: named
# where: host
# kernel: 6.1
set -e
disk=$(tools/testing/lab/clients/disk)
export LAB_MORE="-drive if=none,id=clients,file=$disk,format=raw,snapshot=on -device virtio-blk-pci,drive=clients,serial=lab-clients"
exec tools/testing/lab/lab pair -k "${CHECK_KERNEL:-6.1}" -t 1900 -e "MIGRATE_TIMES=${MIGRATE_TIMES:-2}" -- \
	bash tools/testing/lab/clients/vfio-migrate-hosts.sh legacy
