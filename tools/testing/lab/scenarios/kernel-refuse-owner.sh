#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: kernel-refuse-owner
# about: virtio-vfio-pci where the kernel's own virtio_pci is loaded: modprobe says what is wanted
# when: full
# limit: 180
# where: host
# kernel: 6.1
LAB_MODULES=none exec tools/testing/lab/lab run -k 6.1 -- bash tools/testing/lab/scenarios/lib/refuse_owner.sh
