#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-dirty-ends
# about: a migration while the card logs is cancelled, or fails with the PF's driver: the guest goes on, and moves after that
# limit: 1300
# when: named
# where: host
# kernel: 6.1
set -e
. tools/testing/lab/clients/logging-card.sh
logging_vm "${CHECK_KERNEL:-6.1}" 1200 tools/testing/lab/clients/vfio-dirty-ends.sh
