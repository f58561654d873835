#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: guest-handover
# about: one net VF and one block VF go from a modern guest to a legacy one and back
# limit: 900
# where: vm
# kernel: 6.1
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh

use() {
	guest "$1" "--$2" --vf "${net[0]:-none}" --vf "${blk[0]:-none}" -- \
		virtio net=eth0,dhcp "ping=$UPLINK,5" fs=/dev/vda,4
}

plan 7
mapfile -t net < <(vfs_for_guests rp0 1 "$VF_DRIVER")
mapfile -t blk < <(vfs_for_guests rp1 1 "$VF_DRIVER")
# rows: guest, kind
while read -r name kind; do
	check_that "$name: a $kind guest uses both VFs" use "$name" "$kind"
	check_that "$name: both by the $kind way" is_field "$name" virtio way "$(printf '%s\n%s' "$kind" "$kind")"
done <<'END'
first modern
second legacy
third modern
END
check_that "nothing is held" nothing_held rp0 0
