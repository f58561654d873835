# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# KTAP from bash: a plan, results in order, a folder that goes away.
# $tmp is that folder. A scenario that has something to end redefines at_end.

ktap_count=0
kmemleak=/sys/kernel/debug/kmemleak
# a kernel that looks for mistakes takes so many times as long, by what a scenario allows
# shellcheck disable=SC2034	# scenarios and libraries look at it
case ${LAB_KERNEL:-} in *-debug) slower=4 ;; *) slower=1 ;; esac
tmp=$(mktemp -d)
trap ktap_end EXIT

at_end() { :; }

ktap_end() {
	local status=$?
	at_end || :
	nothing_lost || status=1
	rm -rf "$tmp"
	exit $status
}

# in a VM whose kernel looks for memory that nobody refers to any more
looks_for_lost() { [ -n "${LAB_KERNEL:-}" ] && [ -w $kmemleak ]; }

# nothing_lost: such a kernel finds none; what it finds is in its log too, which fails the
# run. It wants it five seconds old, and the same from one look to the next.
nothing_lost() {
	looks_for_lost || return 0
	sleep 6
	echo scan >$kmemleak
	echo scan >$kmemleak
	sed 's/^/# lost: /' $kmemleak >"$tmp/lost"
	[ -s "$tmp/lost" ] || return 0
	cat "$tmp/lost"
	return 1
}

# what booting has lost is not the scenario's
! looks_for_lost || echo clear >$kmemleak

plan() {
	echo "KTAP version 1"
	echo "1..$1"
}

# ok TEXT, not_ok TEXT, skip TEXT REASON
ok() {
	ktap_count=$((ktap_count + 1))
	echo "ok $ktap_count - $1"
}

not_ok() {
	ktap_count=$((ktap_count + 1))
	echo "not ok $ktap_count - $1"
}

skip() {
	ktap_count=$((ktap_count + 1))
	echo "ok $ktap_count - $1 # SKIP $2"
}

# check_that TEXT COMMAND...: one result, from the command's status
check_that() {
	local text=$1
	shift
	if "$@"; then
		ok "$text"
	else
		not_ok "$text"
		echo "# failed: $*"
	fi
}

# A kernel that looks for mistakes gets the time that the scenario's limit has there too, and so
# does a machine with much else to do
ktap_patience=$((slower * ${LAB_PATIENCE:-1}))

# wait_for SECONDS COMMAND...: until it works; whether it did
wait_for() {
	local end=$((SECONDS + $1 * ktap_patience))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.1
	done
}
