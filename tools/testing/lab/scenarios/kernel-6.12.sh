#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: kernel-6.12
# about: virtio-vfio-pci on the admin API that 6.12 has built in: a NIC and a disk, registers and identity
# limit: 120
# where: vm
# kernel: 6.12
#
# kernel-6.12-all has more of it.
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vfio.sh

start
check_that "virtio_pci is built in" grep -q '/virtio_pci.ko' "/lib/modules/$(uname -r)/modules.builtin"
both_types region config bar0
check_that "nothing of ours but the variant was wanted for it" [ ! -d /sys/module/virtio_pci_owner ]
finish
