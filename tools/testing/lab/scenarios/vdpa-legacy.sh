#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-legacy
# about: guests older than virtio 1.0, and UEFI, on a simulated NIC by -netdev vhost-vdpa
# limit: 500
# when: full
# where: vm
# kernel: 6.1
# device:
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vdpa-guest.sh
. tools/testing/lab/scenarios/lib/vdpa-qemu.sh

plan $((1 + legacy_results))
check_that "NICs, made without words" nics
legacy_rows "QEMU 7.2" own
