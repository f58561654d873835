#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# interrupt_count.sh PF VF: how many MSI-X messages the card has sent for its VF number VF
set -eu
# in the statistics, the PF's come first
card stats "$1" | awk -v RS='"interrupts": ' -v record=$(($2 + 3)) '
	NR == record { count = $0 + 0; found = 1 }
	END { if (!found) exit 1; print count }'
