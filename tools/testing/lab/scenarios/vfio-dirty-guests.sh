#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-dirty-guests
# about: QEMU 10.0 and 11.1 move guests with a disk, with a NIC and a disk, with 1 GiB, legacy and modern; the card logs
# limit: 3000
# when: named
# where: host
# kernel: 6.1
set -e
. tools/testing/lab/clients/logging-card.sh
logging_vm "${CHECK_KERNEL:-6.1}" 2900 tools/testing/lab/clients/vfio-dirty.sh \
	disk:trixie:modern:blk:256:2 both:trixie:modern:net,blk:256:2 large:trixie:legacy:net:1024:2 \
	newest:trixie-backports:legacy:net,blk:256:2 newest-modern:trixie-backports:modern:net:256:2
