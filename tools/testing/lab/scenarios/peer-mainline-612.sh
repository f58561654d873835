#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: peer-mainline-612
# about: mainline's own virtio-vfio-pci of 6.12 drives the card: legacy registers, a nested legacy guest
# when: full
# limit: 900
# where: host
set -e
LAB_MODULES=$(tools/testing/lab/peer/build)
export LAB_MODULES
exec tools/testing/lab/lab run -k 6.12 -t 600 -- bash tools/testing/lab/peer/mainline.sh
