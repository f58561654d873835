#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: admin-regress
# about: bugs that other drivers of admin queues have had, a small test for each
# limit: 300
# where: vm
# kernel: 6.1
# device: -netdev user,id=up0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=8,uplink=up0 -device virtio-rng-pci,id=old0,disable-modern=on,disable-legacy=off -device virtio-blk-pf,id=pf1,bus=rp1,vfs=4,drive=card0,vf-drives=card1:card2:card3:card4,common-len=60
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/admin.sh

plan 14
modprobe virtio_rng
pf=$(pf_of rp0)
short=$(pf_of rp1)
admin_vfs "$pf" 8
a=${vfs[0]} b=${vfs[1]}

# The queue's place is the registers' to say, not the driver's count of its own
# queues: the card leaves a gap before it. (CVE-2024-53092: a wrong entry was
# cleaned up, and the next reset followed NULL.)
resets() {
	local n
	for n in 1 2 3 4 5; do
		reset_pf "$pf" virtio_net || return 1
	done
	gives 0 "$a" common_read 18 1
}
check_that "CVE-2024-53092: the admin queue behind a gap, five resets" resets

# the legacy device among the devices, by a feature it cannot have: VIRTIO_F_VERSION_1
find_legacy() {
	local dev
	for dev in /sys/bus/pci/devices/*; do
		[ "$(cat "$dev/vendor" "$dev/device" | paste -sd ' ')" = "0x1af4 0x1005" ] || continue
		[ "$(head -n 1 "$dev/resource" | cut -d ' ' -f 3)" = 0x0000000000040101 ] || continue
		[ "$(cut -c33 "$dev"/virtio*/features)" = 0 ] || continue
		basename "$dev"
		return 0
	done
	echo "no legacy device" >&2
	return 1
}
old=$(find_legacy)

# A legacy device has no admin queue and nothing to ask about one
legacy_driver() { reset_pf "$old" virtio_rng && head -c 16 /dev/hwrng >/dev/null; }
check_that "CVE-2024-42134: a legacy device, its driver bound and unbound" legacy_driver
# Its kind has to be known before probe can fail, and again the next time
legacy_probe() {
	echo "$old" >/sys/bus/pci/drivers/virtio-pci/unbind
	echo "$old" >/sys/bus/pci/drivers/virtio-pci/bind
	[ "$(upper_of "$old")" = virtio_rng ] && head -c 16 /dev/hwrng >/dev/null
}
check_that "Fix legacy device flag setting error in probe: removed and probed again" legacy_probe

# One lock over a command and its wait made every VF wait for the slowest
# (merge 10826505f523)
stuck_neighbour() {
	local alone status=0
	call "$b" repeat 2000 common_read 18 1
	alone=$max_us
	echo 30000 >$parameters/admin_timeout_ms
	fault pf0 vf0:mute
	call "$a" threads 8 common_read 18 1
	gives 0 "$b" repeat 2000 common_read 18 1 || status=1
	echo "# slowest of 2000: alone $alone us, beside a stuck VF $max_us us"
	# its time-out is 30 s
	[ "$ok" = 2000 ] && [ "$max_us" -lt 15000000 ] || status=1
	fault pf0 ''
	call "$a" stop
	echo 5000 >$parameters/admin_timeout_ms
	return $status
}
check_that "merge 10826505f523: a stuck VF does not hold up another" stuck_neighbour

# A group is not asked for before it exists, and a strict card says so; nor is one
# whose commands nobody wants ("Use self group type for cap commands")
own_group() {
	local submitted
	set_vfs "$pf" 0
	submitted=$(counter "$pf" stats submitted)
	card set pf0 personality strict
	reset_pf "$pf" virtio_net
	[ "$(counter "$pf" stats submitted)" = "$submitted" ] || return 1
	admin_vfs "$pf" 8
	[ "$(counter "$pf" stats group_sriov)" = none ] || return 1
	gives 0 "$a" common_read 18 1 || return 1
	[ "$(counter "$pf" stats group_sriov)" = negotiated ] &&
		[ "$(counter "$pf" stats group_self)" = none ]
}
check_that "Use self group type for cap commands: a group is negotiated when it is wanted" own_group

# The result's length does not count the status before it
result_length() {
	local n
	for n in 1 2 4; do
		gives 0 "$a" common_read 0 $n && [ "$(wc -w <<<"$bytes")" = $n ] || return 1
	done
	gives 0 "$a" device_read 0 6 && [ "$(wc -w <<<"$bytes")" = 6 ]
}
check_that "result size without the status: a result is as long as it was asked for" result_length

# No driver above the PF: the queue's memory is gone, VFs stay (A1.7 of the field report)
no_upper() {
	unbind_upper "$pf" virtio_net
	gives -19 "$a" common_read 18 1 && gives -19 "$b" notify_list && gives -95 "$a" has || return 1
	bind_upper "$pf" virtio_net
	gives 0 "$a" common_read 18 1
}
check_that "queue used after it was freed: the PF's driver goes while its VFs stay" no_upper

# A guest's bad accesses do not fill the log
quiet_log() {
	local lines
	dmesg --clear
	call "$a" repeat 3000 common_read 20 2
	[ "$error" = -22 ] || return 1
	lines=$(dmesg | grep -c virtio)
	echo "# $lines lines for 3000 errors"
	[ "$lines" -ge 1 ] && [ "$lines" -le 12 ]
}
check_that "log flood: 3000 errors by a guest, few lines" quiet_log

# A device from before virtio 1.2 has no such registers: nothing beyond is read
short_layout() {
	[ "$(upper_of "$short")" = virtio_blk ] || return 1
	[ ! -e "$debug/virtio_pci/$short" ] || return 1
	admin_vfs "$short" 4 || return 1
	gives -95 "${vfs[0]}" has && gives -19 "${vfs[0]}" common_read 18 1
}
check_that "a PF with the short common configuration has no admin queue" short_layout
set_vfs "$short" 0
mapfile -t vfs < <(vfs_of "$pf")

# A VF's driver asks in its probe, while sriov_numvfs is still being written
probe_asks() {
	local vf
	set_vfs "$pf" 0
	# the first command for a VF is then the first for its group
	set_vfs "$pf" 2
	udevadm settle --timeout=30
	mapfile -t vfs < <(vfs_of "$pf")
	a=${vfs[0]}
	give_to admin_exercise "$a" && gives 0 "$a" has
}
check_that "VFs may ask as soon as they are there" probe_asks

# Firmware that still provisions its VFs answers EAGAIN to the first question about them; a VF whose
# driver asked meanwhile had no legacy access for good
not_yet() {
	set_vfs "$pf" 0
	reset_pf "$pf" virtio_net
	fault pf0 pf:eagain-ms="$1"
	set_vfs "$pf" 2
	udevadm settle --timeout=30
	mapfile -t vfs < <(vfs_of "$pf")
	a=${vfs[0]}
	give_to admin_exercise "$a"
}
not_yet_a_while() { not_yet 300 && gives 0 "$a" has && gives 0 "$a" common_read 18 1; }
check_that "EAGAIN at first: VFs have legacy access when it is over" not_yet_a_while
not_yet_for_long() {
	local status=0
	echo 500 >$parameters/admin_timeout_ms
	not_yet 3600000 && gives -11 "$a" common_read 18 1 || status=1
	fault pf0 ''
	gives 0 "$a" has && gives 0 "$a" common_read 18 1 || status=1
	echo 5000 >$parameters/admin_timeout_ms
	return $status
}
check_that "EAGAIN for longer than a command waits: the next one asks again" not_yet_for_long
fault pf0 ''

# A status above 4095 is no error pointer's number (A1.8)
big_status() {
	local status=0
	fault pf0 vf0:status=0xf001
	gives -22 "$a" common_read 18 1 || status=1
	fault pf0 ''
	return $status
}
check_that "a status beyond error pointers: 61441 is EINVAL" big_status

# Pulled out under load: callers come home, nothing spins (43bb40c5b926)
pulled_out() {
	local start=$SECONDS
	call "$a" threads 4 common_read 18 1
	card set pf0 unplug true >/dev/null
	sleep 1
	echo 1 >"/sys/bus/pci/devices/$pf/remove"
	echo "# removed in $((SECONDS - start)) s"
	[ $((SECONDS - start)) -lt 20 ] && [ ! -e "/sys/bus/pci/devices/$pf" ]
}
check_that "43bb40c5b926: pulled out under load, removal ends" pulled_out
