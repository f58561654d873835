#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-notify
# about: queue notifications, written or by eventfd, reach the device by each kind of address, or by command
# limit: 300
# where: vm
# kernel: 6.1
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vfio.sh

counter=/lab/tools/testing/lab/scenarios/lib/notify_count.sh

# without an address there is only a command, which whoever signals cannot wait for
refuses_eventfds() {
	local answer
	answer=$(echo "tie 0" | "$VFIO_TESTS/user" "$vf" | sed -n 2p)
	[ "${answer% *}" = -95 ] || { echo "# it gave $answer"; return 1; }
}

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
	case $listed in
	default | owner) results_of "$listed addresses, by eventfd" "$VFIO_TESTS/ioeventfd_test" ;;
	esac
	[ "$way" != common-cfg ] || check_that "$listed: no eventfds" refuses_eventfds
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
