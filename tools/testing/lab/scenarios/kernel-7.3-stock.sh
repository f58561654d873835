#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: kernel-7.3-stock
# about: the lab's 7.3 boots; its own drivers find the card, PFs and VFs
# limit: 300
# when: named
# where: host
# kernel: 7.3
set -eu
export LAB_MODULES=none
exec timeout 290 tools/testing/lab/lab run -k 7.3 -t 120 -- \
	bash tools/testing/lab/scenarios/card-smoke.sh
