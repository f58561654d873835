#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: admin-commands
# about: every admin command for every VF, tolerant and strict card; bad input; counters; tracepoints
# limit: 400
# where: vm
# kernel: 6.1
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/admin.sh

# all_give ERROR CALL...: for every VF
all_give() {
	local vf want=$1
	shift
	for vf in "${vfs[@]}"; do
		gives "$want" "$vf" "$@" || return 1
	done
}

# all_read BYTES CALL...: for every VF
all_read() {
	local vf want=$1
	shift
	for vf in "${vfs[@]}"; do
		gives 0 "$vf" "$@" || return 1
		[ "$bytes" = "$want" ] || {
			echo "# $vf $*: $bytes"
			return 1
		}
	done
}

all_notify_in_member() {
	local vf
	for vf in "${vfs[@]}"; do
		gives 0 "$vf" notify_list || return 1
		[[ ${came[*]} =~ notify\ flags\ 2\ bar\ 4\ offset\ [0-9]*[02468]$ ]] || {
			echo "# $vf: ${came[*]}"
			return 1
		}
	done
}

# each VF keeps its own registers
vfs_are_apart() {
	local i
	for i in "${!vfs[@]}"; do
		gives 0 "${vfs[i]}" common_write 18 1 $((i % 2 + 1)) || return 1
	done
	for i in "${!vfs[@]}"; do
		gives 0 "${vfs[i]}" common_read 18 1 || return 1
		[ "$bytes" = "0$((i % 2 + 1))" ] || return 1
		gives 0 "${vfs[i]}" common_write 18 1 0 || return 1
	done
}

# commands_on PF UPPER: 12 results
commands_on() {
	local pf=$1 name="$2, $3"
	check_that "$name: nobody asked yet, so neither did the driver" \
		[ "$(counter "$pf" stats group_self)$(counter "$pf" stats group_sriov)" = nonenone ]
	check_that "$name: every VF has legacy access" all_give 0 has
	check_that "$name: their commands are negotiated now, and no others" \
		[ "$(counter "$pf" stats group_self)$(counter "$pf" stats group_sriov)" = nonenegotiated ]
	check_that "$name: the device status reads back what was written" vfs_are_apart
	check_that "$name: a queue is selected" all_give 0 common_write 14 2 0
	check_that "$name: its size reads as not zero" all_give 0 common_read 12 2
	check_that "$name: four bytes of features" all_give 0 common_read 0 4
	check_that "$name: notifications go to the VF's own BAR" all_notify_in_member
	check_that "$name: ... which is what notify_info says" all_give 0 notify_info 2
	check_that "$name: there is none in the owner's" all_give -2 notify_info 1
	case $2 in
	virtio_net)
		check_that "$name: the MAC is read byte by byte" all_read 02 device_read 0 1
		check_that "$name: and written" all_give 0 device_write 5 1 0x77
		;;
	virtio_blk)
		check_that "$name: the capacity is read" \
			all_read "00 00 08 00 00 00 00 00" device_read 0 8
		check_that "$name: a byte of it too" all_read 08 device_read 2 1
		;;
	esac
}

# The device must not see what the driver can judge: nothing is counted there
refused_here() {
	local submitted
	submitted=$(counter "$pf" stats submitted)
	gives "$@" || return 1
	[ "$(counter "$pf" stats submitted)" = "$submitted" ] || { echo "# the device saw it"; return 1; }
}

# counts_agree: what the owner counted for VF N is what the card ran
counts_agree() {
	local i row
	for i in "${!vfs[@]}"; do
		while read -r opcode name; do
			row="$(counter "$pf" "vf$i" "command_$name") $(card_count pf0 "$i" "$opcode")"
			[ "${row% *}" = "${row#* }" ] || {
				echo "# vf$i $name: driver and card counted $row"
				return 1
			}
		done <<'END'
2 legacy_common_cfg_write
3 legacy_common_cfg_read
4 legacy_dev_cfg_write
5 legacy_dev_cfg_read
6 legacy_notify_info
END
	done
}

latencies_add_up() {
	local file="$debug/virtio_pci/$pf/vf0"
	awk '/^command_/ { n += $2 } /^answers/ { m = $2 } /^latency_ns/ { ns = $2 }
		END { exit !(n == m && n > 0 && ns > n) }' "$file"
}

tracing=/sys/kernel/tracing

# traced PATTERN VF CALL...: one submit and one complete that looks like this
traced() {
	local pattern=$1
	shift
	echo >"$tracing/trace"
	call "$@"
	grep virtio_pci_admin "$tracing/trace" >"$tmp/trace" || return 1
	[ "$(grep -c admin_submit: "$tmp/trace")" = 1 ] &&
		grep -E "admin_complete: .* latency_ns=[0-9]+ $pattern\$" "$tmp/trace" >/dev/null &&
		return 0
	sed 's/^/# /' "$tmp/trace"
	return 1
}

# woken: with a card that takes longer than is polled for, each answer wakes its caller, who
# else finds it when the timeout has passed
woken() {
	local status=0 before
	before=$(cat $parameters/admin_timeout_ms)
	echo 60000 >$parameters/admin_timeout_ms
	card set pf0 latency-us 20000 >"$tmp/card" && gives 0 "$vf" repeat 20 common_read 18 1 || status=1
	[ "$max_us" -lt 50000000 ] || { echo "# one took $max_us us"; status=1; }
	card set pf0 latency-us 0 >"$tmp/card" || status=1
	echo "$before" >$parameters/admin_timeout_ms
	return $status
}

plan $((4 * 12 + 12 + 1 + 2 + 6))

pf=$(pf_of rp1)
admin_vfs "$pf" 4
commands_on "$pf" virtio_blk tolerant
card set pf1 personality strict
reset_pf "$pf" virtio_blk
commands_on "$pf" virtio_blk strict
set_vfs "$pf" 0

pf=$(pf_of rp0)
admin_vfs "$pf" 8
commands_on "$pf" virtio_net tolerant
card set pf0 personality strict
set_vfs "$pf" 0
reset_pf "$pf" virtio_net
admin_vfs "$pf" 8
commands_on "$pf" virtio_net strict

vf=${vfs[0]}
# rows: what, error, call; judged without the device
while IFS=, read -r text want what; do
	check_that "refused before the device sees it: $text" refused_here "$want" "$vf" $what
done <<'END'
no byte,-22,common_read 18 0
eight bytes of a common register,-22,common_read 0 8
two fields at once,-22,common_read 12 4
the middle of two fields,-22,common_write 13 2 1
across the end of the common registers,-34,common_write 23 2 1
beyond the common registers,-34,common_read 24 1
far beyond,-34,common_read 255 4
no byte of the device's,-22,device_write 0 0 1
more than any field has,-22,device_read 0 65
beyond what the offset can say,-34,device_read 253 8
notify_info of no kind,-22,notify_info 0
notify_info of both kinds,-22,notify_info 3
END
# the other PF, which is nobody's member
no_member() {
	local function call status=0
	function=$(pf_of rp1)
	give_to admin_exercise "$function" && gives -95 "$function" has || status=1
	for call in "common_read 18 1" "common_write 18 1 1" "device_read 0 1" \
		"device_write 0 1 1" "notify_info 1" notify_list; do
		gives -22 "$function" $call || status=1
	done
	give_to virtio-pci "$function" && return $status
}
check_that "refused before any device sees it: a function that is no VF" no_member
check_that "refused by the device: a vector register while MSI-X is off" gives -22 "$vf" common_read 20 2
check_that "refused by the device: outside its configuration" gives -22 "$vf" device_read 200 1

check_that "the owner's and the card's counts agree" counts_agree
check_that "an answer wakes its caller" woken
check_that "as many answers as commands, and how long they took" latencies_add_up
mountpoint -q "$tracing" || mount -t tracefs tracefs "$tracing"
echo 1 >"$tracing/events/virtio_pci/enable"
check_that "a read is traced" traced "status=0 qualifier=0 result_len=2" "$vf" common_read 12 2
check_that "a write is traced" traced "status=0 qualifier=0 result_len=0" "$vf" common_write 14 2 0
check_that "a refusal is traced" traced "status=22 qualifier=3 result_len=2" "$vf" common_read 20 2
echo 0 >"$tracing/events/virtio_pci/enable"
