# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# KTAP from bash: a plan, results in order, a folder that goes away.
# $tmp is that folder.

ktap_count=0
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

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
