#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-shadow
# about: a guest of Debian 12's QEMU with shadow queues, on a NIC that was made without words
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

plan $((1 + shadow_results))
check_that "NICs, made without words" nics
shadow_rows "QEMU 7.2" own
