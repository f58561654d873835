#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-notify
# about: queue notifications reach the device by each kind of address, or by command
# limit: 180
# where: vm
# kernel: 6.1
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vfio.sh

counter=/lab/tools/testing/lab/scenarios/lib/notify_count.sh

start
check_that "driverctl binds virtio-vfio-pci" transitional rp0 2
export VFIO_DEVICE=$vf
# rows: what the card lists, how the notifications then go
while read -r listed way; do
	if [ "$listed" = default ]; then
		card faults pf0 ''
	else
		card faults pf0 "vf0:notify=$listed"
	fi
	export VFIO_NOTIFY_COUNT="$counter pf0 0 $way"
	results_of "$listed addresses, by $way" "$VFIO_TESTS/notify_test"
done <<'END'
default member
none common-cfg
owner owner
both member
bad-bar common-cfg
outside common-cfg
odd common-cfg
END
card faults pf0 ''
check_that "another VF's were none of them" [ "$($counter pf0 1 member)" = 0 ]
finish
