# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Parts of Debian's kernel sources, for checks and for peers to compare with.
# Nothing of them goes into what the project ships.
# Needs: lib/common.sh, lib/apt.sh.

# source_fetch KERNEL PATH...: print the folder that has these paths of the
# kernel's source tree. The package is read once for each new set of paths.
source_fetch() {
	local dir
	kernel_known "$1"
	dir=$LAB_CACHE/source/$1-$(digest printf '%s\n' "$@")
	if [ ! -e "$dir" ]; then
		with_lock "source-$1" source_make "$dir" "$@" >&2
	fi
	echo "$dir"
}

source_make() {
	local dir=$1 kernel=$2
	[ ! -e "$dir" ] || return 0
	shift 2
	room_for 1024 "kernel source"
	lab_apt_update
	fresh "$dir"
	step "fetching parts of the source of $kernel" "$LAB_CACHE/source-$kernel.log" \
		source_unpack "$dir.new" "linux-source-$kernel" "$@"
	publish "$dir"
}

# The package holds one archive; only the paths asked for touch the disk.
source_unpack() {
	local dir=$1 package=$2
	shift 2
	mkdir -p "$LAB_CACHE/debs"
	cd "$LAB_CACHE/debs" || exit
	rm -f "$package"_*.deb
	lab_apt download "$package"
	dpkg-deb --fsys-tarfile "$package"_*.deb | tar -xO "./usr/src/$package.tar.xz" |
		tar -xJ --strip-components=1 -C "$dir" "${@/#/$package/}"
	rm "$package"_*.deb
}
