#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: unit
# about: tests and short fuzzing of the pure files, on the host, under ASan and UBSan
# limit: 300
# where: host
set -eu
# of each fuzzer
fuzz=${FUZZ_SECONDS:-4}
[ -z "${CHECK_FULL:-}" ] || fuzz=${FUZZ_SECONDS:-20}
exec make --no-print-directory -s -C tools/testing/unit check FUZZ_SECONDS="$fuzz"
