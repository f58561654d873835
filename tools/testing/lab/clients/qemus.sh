#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In the VM, with the disk of clients: on a NIC that was made without words, what guests do in
# the QEMU of this release (7.2), the next one's (10.0) and the newest there is for it (11.1).
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vdpa-guest.sh
. tools/testing/lab/scenarios/lib/vdpa-qemu.sh
. tools/testing/lab/clients/trees.sh

newer=(trixie trixie-backports)

plan $((2 + 3 * (shadow_results + rings_results + legacy_results) + 2 * (moves_results + rings_results)))
check_that "the disk of clients" enter_trees
check_that "NICs, made without words" nics
for qemu in own "${newer[@]}"; do
	use_qemu "$qemu"
	text="QEMU $(qemu_version)"
	shadow_rows "$text" "$qemu"
	rings_rows "$text" "$qemu" "$netdev"
	legacy_rows "$text" "$qemu"
done
for qemu in "${newer[@]}"; do
	use_qemu "$qemu"
	text="QEMU $(qemu_version)"
	moves_rows "$text" "$qemu"
	rings_rows "$text, generic device" "generic-$qemu" "$generic"
done
