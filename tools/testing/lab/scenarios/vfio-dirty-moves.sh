#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-dirty-moves
# about: 20 moves of a legacy guest that pings, writes and reads; the card logs: no block and no page is another
# limit: 3000
# when: named
# where: host
# kernel: 6.1
set -e
. tools/testing/lab/clients/logging-card.sh
logging_vm "${CHECK_KERNEL:-6.1}" 2900 tools/testing/lab/clients/vfio-dirty.sh \
	"both:trixie:legacy:net,blk:256:${MIGRATE_TIMES:-20}"
