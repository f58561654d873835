#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: provision
# about: from sriov_numvfs until all VFs are bound and opened
# quick: no
# limit: 120
set -eu
. tools/testing/bench/vm/lib.sh

modprobe "$VARIANT"
for count in 8 64; do
	only_vfs 0
	"$BIN/provision" "$PF" $count "$VARIANT"
done
only_vfs 0
