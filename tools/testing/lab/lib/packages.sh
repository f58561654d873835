# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Packages on the outer machine: what is missing is named, then installed.
# Needs: lib/common.sh, lib/apt.sh.

# The names in a list file; # starts a comment.
package_list() { sed 's/#.*//' "$1" | tr -s ' \t' '\n' | sed '/^$/d' | sort -u; }

packages_missing() {
	local installed
	installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' 2>/dev/null |
		awk '$2 == "installed" { print $1 }' | sort -u)
	comm -23 <(printf '%s\n' "$@" | sort -u) <(printf '%s\n' "$installed")
}

# packages_need NAME...: install those that are missing.
packages_need() {
	local missing
	mapfile -t missing < <(packages_missing "$@")
	[ ${#missing[@]} -gt 0 ] || return 0
	say "packages missing on this machine: ${missing[*]}"
	[ "$(id -u)" = 0 ] ||
		die "cannot install them: not root. Run: apt-get install ${missing[*]}"
	with_lock packages packages_install "${missing[@]}"
}

packages_install() {
	room_for 1024 "packages"
	lab_apt_update
	step "installing ${#} packages" "$LAB_CACHE/packages.log" \
		env DEBIAN_FRONTEND=noninteractive bash -c '
			. "$1/lib/common.sh"; . "$1/lib/apt.sh"; shift
			lab_apt install -y --no-install-recommends \
				-o DPkg::Lock::Timeout=600 "$@"' - "$LAB_DIR" "$@"
}
