#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: unit
# about: tests and short fuzzing of the pure files, on the host, under ASan and UBSan
# limit: 600
# where: host
set -eu
exec make --no-print-directory -s -C tools/testing/unit check FUZZ_SECONDS="${FUZZ_SECONDS:-4}"
