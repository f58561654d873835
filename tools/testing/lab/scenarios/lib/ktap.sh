# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# KTAP from bash: a plan, results in order, a folder that goes away.
# $tmp is that folder. A scenario that has something to end redefines at_end.

ktap_count=0
kmemleak=/sys/kernel/debug/kmemleak
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

# nothing_lost: in a VM whose kernel looks for memory that nobody points to, it finds none.
# It says so of what is five seconds old, and has not changed from one look to the next.
nothing_lost() {
	[ -n "${LAB_KERNEL:-}" ] && [ -w $kmemleak ] || return 0
	sleep 6
	echo scan >$kmemleak
	echo scan >$kmemleak
	sed 's/^/# /' $kmemleak >"$tmp/lost"
	[ -s "$tmp/lost" ] || return 0
	echo "# kmemleak:"
	cat "$tmp/lost"
	return 1
}

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

# wait_for SECONDS COMMAND...: until it works; whether it did
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.1
	done
}
