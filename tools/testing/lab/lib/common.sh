# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2034  # shared by the files that read this one
# shellcheck shell=bash
# What every part of the lab shares: where things are, how it speaks to its
# user, locks, and the one way to make something in the cache.

LAB_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
LAB_TOP=$(cd "$LAB_DIR/../../.." && pwd)
LAB_CACHE=${LAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/virtio-vfio-pci}

say() { echo "lab: $*" >&2; }

die() {
	say "$*"
	exit 125
}

# use_cache: it exists, and temporary files go there as well.
use_cache() {
	mkdir -p "$LAB_CACHE/tmp" 2>/dev/null || die "cannot write to the cache folder $LAB_CACHE"
	export TMPDIR=$LAB_CACHE/tmp
}

# with_lock NAME COMMAND...: one lab at a time in COMMAND, on this machine.
# The lock belongs to the subshell and ends with it, however it ends.
with_lock() {
	local name=$1
	shift
	mkdir -p "$LAB_CACHE/locks"
	(
		if ! flock -n 9; then
			say "another lab is at work on: $name; waiting for it"
			flock -w 3600 9 || die "the lock on $name was not freed within an hour"
		fi
		"$@"
	) 9>"$LAB_CACHE/locks/$name"
}

# room_for MEBIBYTES WHAT: refuse to start what cannot fit.
room_for() {
	local free
	free=$(($(df -Pk "$LAB_CACHE" | awk 'NR == 2 { print $4 }') / 1024))
	[ "$free" -ge "$1" ] ||
		die "no space left in $LAB_CACHE for $2: $free MiB free, $1 needed"
}

# step WHAT LOG COMMAND...: run COMMAND with its output in LOG. When it fails,
# one line says what failed and why. Not to be called inside a condition: bash
# would then ignore `set -e` in COMMAND.
step() {
	local what=$1 log=$2 start=$SECONDS status
	shift 2
	say "$what"
	set +e
	(set -euo pipefail; "$@") >"$log" 2>&1 9>&-
	status=$?
	set -e
	if [ $status -ne 0 ]; then
		grep -qi 'no space left' "$log" && die "$what: no space left in $LAB_CACHE"
		die "$what: failed: $(why "$log")$(advice "$log") (log: $log)"
	fi
	say "$what: done in $((SECONDS - start)) s"
}

# The most telling line of a log.
why() {
	grep -m 1 -iE '^(E:|.*\berror\b|lab:)' "$1" || tail -n 1 "$1"
}

# What to do about it, where the log tells.
advice() {
	! grep -qiE 'could ?n.t (connect|resolve)|could not (connect|resolve)|failure resolving|unreachable|connection (refused|timed out|failed)' "$1" ||
		echo "; check the network and the proxy, then run this again"
}

# fresh DIR: an empty folder to build in, beside the place it will be renamed to.
# What an interrupted build left there is removed first; the lock is ours.
fresh() {
	rm -rf --one-file-system "$1.new"
	mkdir -p "$1.new"
}

# publish DIR: what was built becomes visible at once, or not at all.
publish() {
	rm -rf --one-file-system "$1"
	mv -T "$1.new" "$1"
}

# A short hash of what COMMAND prints.
digest() { "$@" | sha256sum | cut -c1-16; }

# drop_old DIR: remove what is in it and was not touched for a week. Trees of
# different age may share the cache, so nothing is removed at once.
drop_old() {
	find "$1" -mindepth 1 -maxdepth 1 -mtime +7 -exec rm -rf --one-file-system {} +
}
