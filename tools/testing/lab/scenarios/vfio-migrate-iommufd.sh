#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-migrate-iommufd
# about: on 7.3, QEMU 10.0 migrates a guest to another VF and back by character devices and iommufd; the card logs what it writes to
# limit: 700
# when: named
# where: host
# kernel: 7.3
MIGRATE_MODES=iommufd CHECK_KERNEL=${CHECK_KERNEL:-7.3} exec bash tools/testing/lab/scenarios/vfio-migrate-modes.sh
