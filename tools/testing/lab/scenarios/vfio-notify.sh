#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-notify
# about: queue notifications, written or by eventfd, reach the device by each kind of address, or by command
# when: full
# limit: 600
# where: vm
# kernel: 6.1
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vfio.sh

counter=/lab/tools/testing/lab/scenarios/lib/notify_count.sh

list() {
	if [ "$1" = default ]; then card faults pf0 ''; else card faults pf0 "vf0:notify=$1"; fi
}

# does COMMAND VALUE: what a user's command gives
does() {
	local answer
	answer=$(echo "$1" | "$VFIO_TESTS/user" "$vf" | sed -n 2p)
	[ "${answer% *}" = "$2" ] || { echo "# '$1' gave $answer"; return 1; }
}

# without an address there is only a command, which whoever signals cannot wait for
refuses_eventfds() { does "tie 0" -95; }

one_by_command() {
	local before
	before=$($counter pf0 0 common-cfg)
	does "w 16 2 0" 0 && [ "$($counter pf0 0 common-cfg)" = $((before + 1)) ]
}

start
check_that "driverctl binds virtio-vfio-pci" transitional rp0 2
export VFIO_DEVICE=$vf
# rows: what the card lists, how notifications then go, the tests for it
while read -r listed way tests; do
	list "$listed"
	export VFIO_NOTIFY_COUNT="$counter pf0 0 $way"
	for program in $tests; do
		results_of "$listed, by $way" "$VFIO_TESTS/${program}_test"
	done
done <<'END'
default member notify ioeventfd
owner owner notify ioeventfd
both member notify
none common-cfg notify
END
check_that "none: no eventfds" refuses_eventfds
for listed in bad-bar outside odd; do
	list $listed
	check_that "$listed: by command" one_by_command
	check_that "$listed: no eventfds" refuses_eventfds
done

# a reset of the PF takes as long as its status does not say so: nothing is written to its BAR meanwhile
list owner
reset_is_slow() { echo 4000 >/sys/module/virtio_pci/parameters/reset_timeout_ms && card set pf0 lies "$1"; }
wants_no_owner() {
	local before slept=0
	before=$($counter pf0 0 owner)
	coproc "$VFIO_TESTS/user" "$vf"
	local in=${COPROC[1]} out=${COPROC[0]} user=$COPROC_PID answer
	read -r -u "$out" answer && [ "$answer" = open ] || return 1
	echo "w 16 2 0" >&"$in"
	read -r -u "$out" answer
	[ "$($counter pf0 0 owner)" = $((before + 1)) ] || { echo "# the address is not in use"; return 1; }
	reset_is_slow 'common+20/1=1'
	echo 1 >"/sys/bus/pci/devices/$pf/reset" &
	local reset=$!
	sleep 1
	while kill -0 $reset 2>/dev/null && [ $slept -lt 10 ]; do
		echo "w 16 2 0" >&"$in"
		read -r -u "$out" answer
		[ $slept -gt 0 ] || echo "# a notification meanwhile: ${answer% *}"
		slept=$((slept + 1))
		sleep 0.1
	done
	[ "$($counter pf0 0 owner)" = $((before + 1)) ] && [ $slept -gt 0 ] || {
		echo "# $(($($counter pf0 0 owner) - before - 1)) notifications of $slept reached a BAR that is being reset"
		return 1
	}
	card set pf0 lies ''
	wait $reset || echo "# the reset failed, as it had to"
	echo quit >&"$in"
	wait $user || :
}
check_that "owner: not written while the PF is reset" wants_no_owner
list default
check_that "another VF's were none of them" [ "$($counter pf0 1 member)" = 0 ]
finish
