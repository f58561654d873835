# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The hypervisor VM's root disk: Debian packages by name, nothing of ours. What
# is ours comes with the initramfs, so that a change there costs no new disk.
# Needs: lib/common.sh, lib/apt.sh, lib/packages.sh.

image_key() { digest cat "$LAB_DIR/lib/packages.vm" "$LAB_DIR/lib/image.sh"; }

# image_path: where the disk is, there or not.
image_path() { echo "$LAB_CACHE/image/$(image_key)/root.ext4"; }

image_fetch() {
	[ ! -e "$(image_path)" ] || return 0
	with_lock image image_make
}

# image_allowed: said before minutes go into the rest
image_allowed() {
	[ -e "$(image_path)" ] || [ "$(id -u)" = 0 ] ||
		die "the VM's disk is not in the cache, and building it (mmdebstrap) takes root:" \
			"run lab setup as root once with LAB_CACHE=$LAB_CACHE"
}

image_make() {
	local dir
	dir=$(dirname "$(image_path)")
	[ ! -e "$dir/root.ext4" ] || return 0
	room_for 5120 "the VM's disk"
	image_allowed
	fresh "$dir"
	step "building the VM's disk" "$LAB_CACHE/image.log" image_build "$dir.new"
	publish "$dir"
	drop_old "$LAB_CACHE/image"
}

image_build() {
	local dir=$1 packages
	packages=$(package_list "$LAB_DIR/lib/packages.vm" | paste -sd ,)
	mkdir "$dir/tmp"
	# in a mount namespace of its own: no mount outlives it, however it ends
	TMPDIR=$dir/tmp unshare --mount --propagation private mmdebstrap --mode=root --variant=minbase --skip=cleanup/apt \
		--include="$packages" \
		--aptopt='APT::Install-Recommends "false"' \
		--dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--dpkgopt='path-exclude=/usr/share/i18n/*' \
		bookworm "$dir/root" "deb $(apt_mirror) bookworm main" \
		"deb $(apt_mirror_security) bookworm-security main"
	image_trim "$dir/root"
	mkfs.ext4 -q -d "$dir/root" -m 0 -O ^has_journal -L lab \
		"$dir/root.ext4" "$(($(du -sm "$dir/root" | cut -f1) + 1024))M"
	rm -rf "$dir/root" "$dir/tmp"
}

image_trim() {
	rm -rf "$1"/var/cache/apt/* "$1"/var/lib/apt/lists/* "$1"/usr/share/fonts
	echo hypervisor >"$1/etc/hostname"
	mkdir -p "$1/lab" "$1/lab-out" "$1/etc/driverctl.d"
}
