#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: bench-faults
# about: each fault of the card against each of the bench's workloads, 2 seconds each
# limit: 900
# where: host
# kernel: 6.1
# when: named
#
# The whole of it, a minute each on the debug kernel: make bench-faults
set -eu
BENCH_KERNEL=6.1 exec tools/testing/bench/faults 2
