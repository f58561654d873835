#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: kernel-6.12
# about: virtio-vfio-pci on the admin API that 6.12 has built in: the tests of vfio-legacy
# limit: 300
# when: named
# where: vm
# kernel: 6.12
exec bash tools/testing/lab/scenarios/vfio-legacy.sh
