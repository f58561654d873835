#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In the VM, with the disk of clients: a guest goes from one VF of the card to another and
# back, under traffic, in the next release's QEMU (10.0).
# vp-migrate.sh MODE...: of those below
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vdpa-guest.sh
. tools/testing/lab/scenarios/lib/vp.sh
. tools/testing/lab/clients/trees.sh

times=4		# forth and back, twice
mac=02:00:00:00:00:99
declare -A words

# What a guest sets by a control queue of the function's, QEMU does not see: either there is none,
# or all queues are shadow ones all the time.
# MAC, MRG_RXBUF, STATUS, VERSION_1, ACCESS_PLATFORM
declare -A features=([no-control]=$(printf '%#x' $((1 << 5 | 1 << 15 | 1 << 16 | 1 << 32 | 1 << 33))) [control]='')
declare -A net_words=([no-control]='' [control]=',x-svq=on')

# vf_for NAME ADDRESS MODE: QEMU's words for it are in $words
vf_for() {
	vp_file "$1" "$2" "${features[$3]}" || return 1
	# QEMU sets a MAC address by the control queue at both ends: the guest's, which is the first VF's
	[ "$1 $3" != "a control" ] || mac=$(vdpa dev config show a | sed -n 's/.* mac \([^ ]*\) .*/\1/p')
	words[$1]="-netdev vhost-vdpa,vhostdev=$file,id=n0${net_words[$3]} ${nic/02:00:00:00:00:99/$mac}"
}

# one VF for the host, two for guests
made() { vp_vfs rp0 3 && vp_host_nic "${vp_vfs[0]}"; }

# goes MODE
goes() {
	local mode=$1 to=b n
	vf_for a "${vp_vfs[1]}" "$mode" && vf_for b "${vp_vfs[2]}" "$mode" || return 1
	guest_start "$mode-0" --modern --boot-limit 120 --extra "${words[a]}" -- "${traffic[@]}" pinging=10.7.0.1,20 &&
		wait_for_report "$mode-0" "done" 4 || return 1
	for ((n = 1; n <= times; n++)); do
		rm -f "/run/$mode-$n"
		guest_launch "$mode-$n" --modern --incoming "unix:/run/$mode-$n" --extra "${words[$to]}"
		guest_moves "$mode-$((n - 1))" "$mode-$n" "unix:/run/$mode-$n" || return 1
		echo "# $(field "$mode-$((n - 1))" migrated downtime_ms) ms without it, $(field "$mode-$((n - 1))" migrated ms) ms in all"
		sleep 1
		[ $to = a ] && to=b || to=a
	done
}

# Each move resets a VF twice, when its rings become shadow ones and when the guest has stopped,
# and one echo is on its way at a time. An answer that comes later than 4 s is not lost.
lost=''
few_lost() {
	local all=0 sent received late
	guest_tell "$1" pinged >"$tmp/pinged" || all=1
	sent=$(field "$1" pinged sent) received=$(field "$1" pinged received)
	late=$(field "$1" pinged late)
	lost=$((sent - received))
	echo "# echoes: $received of $sent, $late late; the longest took $(field "$1" pinged most_us) us"
	[ "${sent:-0}" -gt 100 ] && [ $((lost - late)) -le $((2 * times)) ] &&
		{ [ $all = 0 ] || [ "$lost" -gt 0 ]; } && guest_tell "$1" "ping=10.7.0.1,5,1400"
}
# a lost echo is in the launcher's status
ends() { guest_end "$1" >"$tmp/end" || [ "$lost" -gt 0 ]; }
removed() { vdpa dev del a && vdpa dev del b; }

plan $((4 + 5 * $#))
check_that "the disk of clients" enter_trees
check_that "VFs of the card" made
use_qemu trixie
echo "# QEMU $(qemu_version)"
for mode in "$@"; do
	check_that "$mode: a guest goes forth and back" goes $mode
	check_that "$mode: it lost no more echoes than met a VF that was reset" few_lost $mode-$times
	check_that "$mode: it ends" ends $mode-$times
	check_that "$mode: QEMU had nothing to complain about" eval \
		"! cat /lab-out/guest-$mode-*-qemu.log | grep '^qemu-system-x86_64: ' | grep -vE 'terminating on signal|is deprecated' | sed 's/^/# /' | grep ."
	check_that "$mode: the devices are removed" removed
done
check_that "no VF started anywhere but where its ring was" eval '! dmesg | grep "cannot start" | sed "s/^/# /" | grep .'
check_that "nothing is pinned any more" nothing_pinned
