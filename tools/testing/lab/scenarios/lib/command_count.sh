#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# command_count.sh PF VF: how many admin commands the card has run for its VF number VF
set -eu
# in the statistics, the PF's commands come first; zeroes are left out
card stats "$1" | awk -v RS='"commands"' -v record=$(($2 + 3)) '
	NR == record {
		sub(/}.*/, "")
		count = split($0, rows, ",")
		for (i = 1; i <= count; i++) {
			sub(/.*: */, "", rows[i])
			sum += rows[i]
		}
		found = 1
	}
	END { if (!found) exit 1; print sum + 0 }'
