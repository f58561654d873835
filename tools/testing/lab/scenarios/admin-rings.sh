#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: admin-rings
# about: the admin queue as split and packed ring, with and without each feature that bears on it
# limit: 600
# where: host
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh

lab=tools/testing/lab/lab
card="-netdev user,id=up0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=4,uplink=up0"

# rows: name, ring format, the card's properties
kinds='packed,packed,packed=on
no event index,split,event_idx=off
packed without event index,packed,packed=on;event_idx=off
no indirect tables,split,indirect_desc=off
one vector for all,split,vectors=1'

plan "$(wc -l <<<"$kinds")"
while IFS=, read -r name format properties; do
	LAB_DEVICE="$card,${properties//;/,}" timeout 200 \
		$lab run -t 100 -- bash tools/testing/lab/scenarios/lib/admin_ring.sh \
		"$name" "$format" >"$tmp/out" 2>"$tmp/err" </dev/null && result=ok || result=not_ok
	cat "$tmp/out"
	[ $result = ok ] || sed 's/^/# /' "$tmp/err" | head -20
	$result "$name"
done <<<"$kinds"
