#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# One kind of card, in the VM: do commands, late answers and resets work on its
# ring? Prints a line for what does not. Called by admin-rings: NAME FORMAT
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/admin.sh

name=$1 format=$2 status=0
bad() { echo "# $name: $*"; status=1; }

pf=$(pf_of rp0)
admin_vfs "$pf" 4 || bad "no VFs"
echo 500 >$parameters/admin_timeout_ms
[ "$(counter "$pf" stats format)" = "$format" ] || bad "the ring is $(counter "$pf" stats format)"

# more commands than an index of 16 bits counts, from four VFs at once
for vf in "${vfs[@]}"; do
	call "$vf" threads 2 common_write 14 2 0
done
for _ in $(seq 60); do
	sleep 1
	[ "$(counter "$pf" stats submitted)" -lt 80000 ] || break
done
for vf in "${vfs[@]}"; do
	call "$vf" stop
	[ "$calls" = "$ok" ] || bad "${came[*]}"
done
[ "$(counter "$pf" stats submitted)" -ge 80000 ] || bad "only $(counter "$pf" stats submitted) commands"

# sleepers: answers come late, and in another order
for faults in all:late-ms=5 "all:late-ms=5;all:reorder"; do
	fault pf0 "$faults"
	for vf in "${vfs[@]}"; do
		call "$vf" threads 2 device_read 0 1
	done
	sleep 2
	for vf in "${vfs[@]}"; do
		call "$vf" stop
		[ "$calls" = "$ok" ] && [ "$calls" -gt 20 ] || bad "$faults: ${came[*]}"
		# 5 to 9 ms by the card's account; were they all found late, it would show
		[ "${came[0]##* }" -lt $((calls * 60000)) ] || bad "$faults: ${came[*]}"
	done
	fault pf0 ''
done

# time-outs, late answers, and a reset with both about
fault pf0 vf1:mute
gives -110 "${vfs[1]}" common_read 18 1 || bad "mute"
fault pf0 ''
sleep 0.2
gives 0 "${vfs[1]}" common_read 18 1 || bad "after a late answer"
[ "$(counter "$pf" stats late)" = 1 ] || bad "late answers: $(counter "$pf" stats late)"
fault pf0 'vf1:mute;pf:long-list'
gives -110 "${vfs[1]}" notify_list || bad "mute again"
reset_pf "$pf" virtio_net
fault pf0 ''
for vf in "${vfs[@]}"; do
	gives 0 "$vf" repeat 50 common_read 18 1 || bad "after the reset"
done
[ "$(counter "$pf" stats group_sriov)" = agreed ] || bad "a long list"
[ "$(counter "$pf" stats queue_slots_held)" = 0 ] || bad "slots are held"
grep -E '^(format|slots|submitted|kicks|interrupts|slept) ' "$debug/virtio_pci/$pf/stats" |
	paste -sd ' ' | sed "s/^/# $name: /"
exit $status
