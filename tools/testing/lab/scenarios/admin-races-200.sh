#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: admin-races-200
# about: each race of admin-races 200 times, in a VM of its own
# limit: 7200
# where: host
# when: named
#
# RACES_KERNEL names another kernel, RACES_COUNT another count.
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh

races=(upper owner vfs unplug suspend)
scenario=tools/testing/lab/scenarios/admin-races.sh
LAB_DEVICE=$(sed -n 's/^# device: //p' $scenario)
export LAB_DEVICE

# so_many RACE: its figures are shown, and what went wrong if something did
so_many() {
	tools/testing/lab/lab run -k "${RACES_KERNEL:-6.1}" -t 3600 \
		-e ADMIN_RACES="${RACES_COUNT:-200}" -e ADMIN_RACE="$1" -- \
		bash $scenario >"$tmp/out" 2>"$tmp/err" </dev/null || {
		sed 's/^/# /' "$tmp/out" "$tmp/err" | tail -n 30
		return 1
	}
	grep '^#' "$tmp/out"
	grep -q '^ok 1 ' "$tmp/out"
}

plan ${#races[@]}
for race in "${races[@]}"; do
	check_that "$race, ${RACES_COUNT:-200} times" so_many "$race"
done
