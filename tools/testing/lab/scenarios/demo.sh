#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: demo
# about: make demo, with a warm cache: it shows what it says, in time
# limit: 900
# where: host
set -u
. tools/testing/lab/scenarios/lib/ktap.sh

limit=90
has() { grep -qE "$1" "$tmp/out"; }

plan 10
busy=$(cut -d. -f1 /proc/loadavg)
start=$SECONDS
make --no-print-directory demo >"$tmp/out" 2>&1
status=$?
took=$((SECONDS - start))
sed 's/^/# /' "$tmp/out"
check_that "it ends well" [ $status -eq 0 ]
check_that "VFs are made the administrator's way" has '# echo 2 >.*/sriov_numvfs'
check_that "and bound by driverctl" has '# driverctl --nosave set-override 0000:.* virtio-vfio-pci'
check_that "the net VF: transitional id, I/O ports" has 'id 1af4:1000  revision 0x00  I/O ports at [0-9a-f]+'
check_that "the block VF: transitional id, I/O ports" has 'id 1af4:1001  revision 0x00  I/O ports at [0-9a-f]+'
check_that "both took the legacy way" [ "$(grep -c 'virtio-pci-legacy, feature bits from 32 on: 0' "$tmp/out")" = 2 ]
check_that "uplink, host and second guest answer" [ "$(grep -c '5 of 5 echoes' "$tmp/out")" = 3 ]
check_that "throughput, legacy against modern" \
	has 'legacy [0-9.]+ up, [0-9.]+ down Mbit/s, modern [0-9.]+ up, [0-9.]+ down Mbit/s'
check_that "the closing line" has 'Shown: a legacy-only guest'
if [ "$busy" -gt 2 ] && [ $took -gt $limit ]; then
	skip "within $limit s" "took $took s on a busy machine (load $busy at the start)"
else
	check_that "within $limit s: $took s" [ $took -le $limit ]
fi
