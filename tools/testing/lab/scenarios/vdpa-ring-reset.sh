#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-ring-reset
# about: a guest on vhost-vdpa asks for rings of another size, idle and under load
# when: full
# limit: 400
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

plan $((1 + rings_results))
check_that "NICs, made without words" nics
rings_rows "QEMU 7.2" own "$netdev"
