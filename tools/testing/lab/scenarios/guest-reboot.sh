#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: guest-reboot
# about: a legacy guest reboots on the same VF and has its network each time
# when: full
# limit: 1800
# where: vm
# passes: REBOOTS
# kernel: 6.1
#
# guest-reboot-20 is the same with twenty reboots.
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh

reboots=${REBOOTS:-3}
round=(virtio "net=eth0,dhcp" "ping=$UPLINK,3")
actions=("${round[@]}")
for ((n = 0; n < reboots; n++)); do
	actions+=(reboot "${round[@]}")
done

how_many() { field reboot "$1" "$2" "${3:-}" | grep -cx "$4"; }
reads() { card_count pf0 0 commands 3; }

# one boot as good as another: the commands of all are 21 times those of the first
same_each_time() {
	local first=$1 all
	all=$(reads)
	echo "# common configuration reads: $first in the first boot, $all in $((reboots + 1))"
	[ "$all" -ge "$first" ] && [ "$all" -le $(((reboots + 2) * first)) ]
}

plan 7
mapfile -t vfs < <(vfs_for_guests rp0 1 "$VF_DRIVER")
check_that "one boot and its end" guest first --vf "${vfs[0]:-none}" -- "${round[@]}"
first=$(reads)
check_that "$reboots reboots and what is done after each" \
	guest reboot --vf "${vfs[0]:-none}" --limit 1700 -- "${actions[@]}"
check_that "it was ready $((reboots + 1)) times" [ "$(how_many ready kernel '' '6\.1.*')" = $((reboots + 1)) ]
check_that "each time by the legacy way" [ "$(how_many virtio way '' legacy)" = $((reboots + 1)) ]
check_that "each time every echo came back" [ "$(how_many ping received '' 3)" = $((reboots + 1)) ]
check_that "no boot took more commands than the first" same_each_time "$first"
check_that "nothing is held when the guest is gone" nothing_held rp0 0
