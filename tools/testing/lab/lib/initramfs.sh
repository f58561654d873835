# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the VM boots into: its first program, the modules its root disk needs,
# and the lab's own files that are laid over that disk. One archive for each
# kernel and set of modules, kept under the hash of what went in.
# Needs: lib/common.sh, lib/kernel.sh.

BOOT_MODULES="virtio_pci virtio_blk ext4 virtio_console"

# initramfs_fetch KERNELDIR MODULES: print the archive's path. MODULES is a
# folder with our modules, or nothing for stock ones.
initramfs_fetch() {
	local key path
	key=$(digest initramfs_inputs "$1" "$2")
	path=$LAB_CACHE/initramfs/$key.cpio
	if [ ! -e "$path" ]; then
		with_lock "initramfs-$key" initramfs_make "$path" "$1" "$2" >&2
	fi
	touch "$path"
	echo "$path"
}

initramfs_inputs() {
	cat "$1/release" "$LAB_DIR"/vm/* "$LAB_DIR/lib/initramfs.sh"
	readlink -f "$1"
	[ -z "$2" ] || find "$2" -name '*.ko' -exec sha256sum {} + | sort
}

initramfs_make() {
	local path=$1
	[ ! -e "$path" ] || return 0
	room_for 256 "the initramfs"
	mkdir -p "$LAB_CACHE/initramfs"
	drop_old "$LAB_CACHE/initramfs"
	fresh "$path"
	step "building the initramfs" "$path.log" initramfs_build "$path.new" "$2" "$3"
	mv "$path.new/cpio" "$path.part"
	rm -rf "$path.new" "$path.log"
	mv "$path.part" "$path"
}

initramfs_build() {
	local dir=$1 kernel=$2 modules=$3 release root=$1/root
	release=$(cat "$kernel/release")
	mkdir -p "$root/boot" "$root/files/usr/lib/lab" "$root/files/usr/local/bin"
	vm_program init "$root/init"
	vm_program agent "$root/files/usr/lib/lab/agent" job port
	vm_program card "$root/files/usr/local/bin/card"
	install -m 755 "$LAB_DIR/vm/boot.sh" "$root/files/usr/lib/lab/boot"
	install -m 644 "$LAB_DIR/vm/profile.sh" "$root/files/usr/lib/lab/profile"
	boot_modules "$dir" "$kernel" "$release" "$modules"
	(cd "$root" && find . | cpio -o -H newc --quiet) >"$dir/cpio"
}

# vm_program NAME OUTPUT [OTHER SOURCES]
vm_program() {
	local output=$2 part
	local sources=("$LAB_DIR/vm/$1.c")
	shift 2
	for part in "$@"; do
		sources+=("$LAB_DIR/vm/$part.c")
	done
	gcc -std=gnu11 -O2 -Wall -Wextra -Werror -static -s -o "$output" "${sources[@]}"
}

# The module indexes are made here, where depmod is quick, with our modules in
# updates/; the same indexes decide which files the root disk needs.
boot_modules() {
	local dir=$1 kernel=$2 release=$3 modules=$4 tree=$1/stage/lib/modules/$3 name file
	mkdir -p "$tree/updates"
	ln -s "$kernel/modules/kernel" "$tree/kernel"
	cp "$kernel"/modules/modules.{order,builtin,builtin.modinfo} "$tree/"
	[ -z "$modules" ] || find "$modules" -name '*.ko' -exec cp -t "$tree/updates" {} +
	# most of a module are names and lines for a debugger, which the VM has not: an emulated
	# processor would copy them at each boot. What is no module the kernel shall refuse.
	for file in "$tree"/updates/*.ko; do
		if strip --strip-debug -o "$dir/stripped" "$file"; then
			mv "$dir/stripped" "$file"
		fi
	done
	depmod -b "$dir/stage" "$release"
	for name in $BOOT_MODULES; do
		modprobe -d "$dir/stage" -S "$release" --show-depends "$name"
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' >"$dir/list"
	# of a kernel that has all of them built in it is empty
	: >"$dir/root/boot.modules"
	while read -r file; do
		cp "$file" "$dir/root/boot/"
		echo "/boot/${file##*/}" >>"$dir/root/boot.modules"
	done <"$dir/list"
	mkdir -p "$dir/root/files/usr/lib/modules"
	rm "$tree/kernel"
	mv "$tree" "$dir/root/files/usr/lib/modules/"
}
