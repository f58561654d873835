#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-fuzz-long
# about: vfio-fuzz for ten minutes
# limit: 1500
# when: named
# where: vm
# passes: FUZZ_SECONDS FUZZ_SEED
# kernel: 6.1
FUZZ_SECONDS=${FUZZ_SECONDS:-600} exec bash tools/testing/lab/scenarios/vfio-fuzz.sh
