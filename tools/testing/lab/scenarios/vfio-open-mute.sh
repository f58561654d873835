#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-open-mute
# about: opening or closing a VF whose commands are not answered, stopped or not, waits for none of them, and keeps no neighbour from it
# limit: 240
# where: vm
# kernel: 6.1
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vfio.sh
. tools/testing/lab/scenarios/lib/vfio_user.sh

timeout_ms=$((12000 * slower))	# of a command: what must not be waited for
soon_ms=$((8000 * slower))
stop=1 running=2	# states of a migration

# within MS COMMAND...
within() {
	local limit=$1 start
	start=$(date +%s%3N)
	shift
	"$@" && ms=$(($(date +%s%3N) - start)) && echo "# after $ms ms" && [ "$ms" -lt "$limit" ]
}

# ended NAME: it was told to
ended() {
	local status=0
	wait "${pid_of[$1]}" || status=$?
	eval "exec ${in_of[$1]}>&- ${out_of[$1]}<&-"
	return $status
}

start
check_that "VFs" transitional rp0 3
echo $timeout_ms >/sys/module/virtio_pci/parameters/admin_timeout_ms
udevadm settle --timeout=30
ways=group
if [ -c /dev/iommu ] || modprobe -a iommufd vfio_iommu_type1 2>"$tmp/modprobe" && [ -d /dev/vfio/devices ]; then
	ways="group cdev"
fi
for VFIO_ACCESS in $ways; do
	export VFIO_ACCESS
	check_that "$VFIO_ACCESS: a neighbour" open_user b "${vfs[1]}"
	check_that "$VFIO_ACCESS: it notifies its device" gives b "w 16 2 0" 0 $soon_ms
	card faults pf0 'vf0:mute'

	# as long as the VF whose commands are not answered is being opened
	within $soon_ms open_user a "${vfs[0]}" >"$tmp/opened" & opening=$!
	sleep 0.3
	check_that "$VFIO_ACCESS: another VF is opened beside it" within $soon_ms open_user c "${vfs[2]}"
	check_that "$VFIO_ACCESS: and closed" within $soon_ms close_user c
	check_that "$VFIO_ACCESS: the neighbour is closed" within $soon_ms close_user b
	status=0
	wait $opening || status=$?
	sed 's/^/# mute one: /' "$tmp/opened"
	check_that "$VFIO_ACCESS: the mute one is opened without waiting for its device" [ $status = 0 ]

	check_that "$VFIO_ACCESS: another open of it" within $soon_ms open_user a "${vfs[0]}"
	say_to a "w 16 2 0"
	sleep 0.3
	check_that "$VFIO_ACCESS: a neighbour opens while it waits for its first notification" \
		within $soon_ms open_user b "${vfs[1]}"
	check_that "$VFIO_ACCESS: notifies" gives b "w 16 2 0" 0 $soon_ms
	check_that "$VFIO_ACCESS: and closes" within $soon_ms close_user b
	card faults pf0 ''
	answer_of a
	check_that "$VFIO_ACCESS: which goes through when the device answers" [ "$value" = 0 ]

	# stopped, as when it was saved: who closes it has it resumed, by a command
	check_that "$VFIO_ACCESS: it is stopped" gives a "state $stop" 0 $soon_ms
	card faults pf0 'vf0:mute'
	say_to a quit
	sleep 0.3
	check_that "$VFIO_ACCESS: another VF is opened while the stopped one is closed" \
		within $soon_ms open_user b "${vfs[1]}"
	check_that "$VFIO_ACCESS: and closed" within $soon_ms close_user b
	check_that "$VFIO_ACCESS: the stopped one is closed without waiting for its device" within $soon_ms ended a
	check_that "$VFIO_ACCESS: and opened" within $soon_ms open_user a "${vfs[0]}"
	say_to a state
	card faults pf0 ''
	answer_of a
	check_that "$VFIO_ACCESS: its state is known when the device answers" [ "$value" = $running ]
	close_user a
done
finish
