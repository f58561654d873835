#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: card-fuzz
# about: random drivers at the card for a while: the emulator stays alive
# limit: 180
# where: host
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh

plan 1
fuzz() {
	local status=0
	tools/testing/qemu/fuzz --plain "${FUZZ_SECONDS:-15}" >"$tmp/log" || status=$?
	sed 's/^/# /' "$tmp/log"
	return $status
}
check_that "no episode ends the emulator or stops it" fuzz
