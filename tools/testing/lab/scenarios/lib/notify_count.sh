#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# notify_count.sh PF VF WAY: how many notifications the card's VF number VF has
# received this way: member, owner (its own BAR or the PF's), common-cfg
set -eu
# in the statistics, the PF's notifications come first; zeroes are left out
card stats "$1" | awk -v RS='"notifies"' -v record=$(($2 + 3)) -v way="\"$3\": " '
	NR == record {
		sub(/}.*/, "")
		count = index($0, way) ? substr($0, index($0, way) + length(way)) + 0 : 0
		found = 1
	}
	END { if (!found) exit 1; print count }'
