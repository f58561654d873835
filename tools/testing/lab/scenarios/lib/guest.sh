# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Guests for scenarios inside the VM: VFs for them, running them, reading what
# they reported. Needs: ktap.sh, card.sh. Reports go to $tmp/NAME.

GUEST=tools/testing/lab/guest/run

# vfs_for_guests ROOTPORT COUNT DRIVER: make VFs that no driver of the host takes,
# then give each to DRIVER, as an administrator would. Prints their addresses.
vfs_for_guests() {
	local pf vf
	pf=$(pf_of "$1") || return 1
	echo 0 >"/sys/bus/pci/devices/$pf/sriov_drivers_autoprobe"
	set_vfs "$pf" "$2" || return 1
	modprobe "$3" || return 1
	for vf in $(vfs_of "$pf"); do
		driverctl --nosave set-override "$vf" "$3" >&2 || return 1
		[ "$(driver_of "$vf")" = "$3" ] || { echo "# $vf is not bound to $3" >&2; return 1; }
		echo "$vf"
	done
}

# guest NAME ARGUMENTS...: run a guest to its end; its status. What it reported is
# shown when it fails.
guest() {
	local name=$1 status=0
	shift
	"$GUEST" --name "$name" "$@" </dev/null >"$tmp/$name" 2>"$tmp/$name.err" || status=$?
	[ $status -eq 0 ] || sed 's/^/# /' "$tmp/$name" "$tmp/$name.err"
	return $status
}

# field NAME REPORT KEY [WORD]: the values of KEY in reports REPORT of guest NAME,
# only from reports with WORD in them.
field() {
	grep -F "\"report\":\"$2\"" "$tmp/$1" | grep -F -- "${4:-}" |
		sed -n "s/.*\"$3\":\"\([^\"]*\)\".*/\1/p"
}

# guest_start NAME ARGUMENTS...: a guest that takes its actions from guest_tell,
# until guest_end. Its channel is file descriptor guest_in[NAME].
declare -A guest_in guest_pid
guest_start() {
	local name=$1 fd
	shift
	mkfifo "$tmp/$name.in"
	"$GUEST" --name "$name" -i "$@" <"$tmp/$name.in" >"$tmp/$name" 2>"$tmp/$name.err" &
	guest_pid[$name]=$!
	exec {fd}>"$tmp/$name.in"
	guest_in[$name]=$fd
	wait_for_report "$name" ready 1
}

# wait_for_report NAME REPORT COUNT: until there are so many of them, or the end.
wait_for_report() {
	local seen
	for _ in {1..1200}; do
		seen=$(grep -cF "\"report\":\"$2\"" "$tmp/$1")
		[ "$seen" -lt "$3" ] || return 0
		kill -0 "${guest_pid[$1]}" 2>/dev/null || break
		sleep 0.1
	done
	sed 's/^/# /' "$tmp/$1" "$tmp/$1.err"
	return 1
}

# guest_tell NAME ACTION: do it, wait until it is done; whether it worked.
guest_tell() {
	local before
	before=$(grep -cF '"report":"done"' "$tmp/$1")
	echo "$2" >&"${guest_in[$1]}"
	wait_for_report "$1" "done" $((before + 1)) || return 1
	grep -F '"report":"done"' "$tmp/$1" | tail -n 1 | grep -qF '"result":"ok"' ||
		{ tail -n 1 "$tmp/$1" | sed 's/^/# /'; return 1; }
}

# guest_end NAME: power it off; its status.
guest_end() {
	local fd=${guest_in[$1]}
	exec {fd}>&-
	wait "${guest_pid[$1]}" || { sed 's/^/# /' "$tmp/$1.err"; return 1; }
}
