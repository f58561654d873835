# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# In the VM: a guest goes from one device to another and back, by migration between two QEMUs.
# Needs: lib/ktap.sh, lib/card.sh, lib/guest.sh.

# QEMU's words for a guest on each of the two devices, which are the caller's to fill in
declare -A words

# goes NAME TIMES ACTION...: a guest that has done these goes from a to b, to a and so on; it is
# NAME-TIMES then
goes() {
	local name=$1 times=$2 to=b n
	shift 2
	guest_start "$name-0" --modern --boot-limit 120 --extra "${words[a]}" -- "$@" &&
		wait_for_report "$name-0" "done" $# || return 1
	for ((n = 1; n <= times; n++)); do
		rm -f "/run/goes-$name-$n"
		guest_launch "$name-$n" --modern --incoming "unix:/run/goes-$name-$n" --extra "${words[$to]}"
		guest_moves "$name-$((n - 1))" "$name-$n" "unix:/run/goes-$name-$n" || return 1
		echo "# $(field "$name-$((n - 1))" migrated downtime_ms) ms without it, $(field "$name-$((n - 1))" migrated ms) ms in all"
		sleep 1
		[ $to = a ] && to=b || to=a
	done
}
# none of the QEMUs that NAME has been in had anything to complain about
goes_quietly() {
	! cat "/lab-out/guest-$1"-*-qemu.log | grep '^qemu-system-x86_64: ' |
		grep -vE 'terminating on signal|is deprecated' | sed 's/^/# /' | grep .
}
