# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The VM's kernels: fetched once from Debian's packages, or built once from
# Debian's source (lib/kernel_build.sh).
#
# A kernel is a folder, or a link to it, in $LAB_CACHE/kernels, with
#   release      its release string
#   vmlinuz      the image as Debian ships it
#   vmlinux      the same unpacked: what the VM boots
#   modules/     kernel/ and modules.* as in /lib/modules/RELEASE, pruned
#   modules.ext4 the same as a disk
#   kdir         link to a build folder for external modules
# Needs: lib/common.sh, lib/apt.sh, lib/packages.sh, lib/kernel_build.sh.

# name; how it comes, and from what:
#   fetch  image package, headers package
#   build  source package, fragments of configuration in kernels/
KERNELS="
6.1		fetch	linux-image-amd64	linux-headers-amd64
6.12		fetch	linux-image-6.12-amd64	linux-headers-6.12-amd64
7.3		build	linux-source-7.3	lab,stock
7.3-debug	build	linux-source-7.3	lab,stock,debug
7.3-built-in	build	linux-source-7.3	lab,built-in
"

kernel_recipe() {
	local how from what
	read -r _ how from what < <(kernel_row "$1")
	"kernel_${how}_recipe" "$from" "$what"
}
kernel_fetch_recipe() { digest kernel_fetch_inputs "$@"; }
kernel_fetch_inputs() {
	cat "$LAB_DIR/lib/modules.prune" "$LAB_DIR/lib/unpack_kernel.py"
	declare -f kernel_unpack kernel_modules kernel_headers
}

# kernel_home NAME: where it is, or will be.
kernel_home() { echo "$LAB_CACHE/kernels/$1-$(kernel_recipe "$1")"; }

kernel_row() { awk -v name="$1" '$1 == name' <<<"$KERNELS"; }
kernel_names() { awk 'NF { print $1 }' <<<"$KERNELS" | paste -sd ' '; }

kernel_known() {
	[ -n "$(kernel_row "$1")" ] || die "unknown kernel $1; there are: $(kernel_names)"
}

# kernel_dir NAME: where the kernel is; dies with one line when it is not.
kernel_dir() {
	kernel_known "$1"
	[ -e "$(kernel_home "$1")/release" ] || die "kernel $1 is not in the cache; run: lab setup"
	readlink -f "$(kernel_home "$1")"
}

# kernel_need NAME: make sure the kernel is in the cache.
kernel_need() {
	local how from what
	kernel_known "$1"
	[ ! -e "$(kernel_home "$1")/release" ] || return 0
	read -r _ how from what < <(kernel_row "$1")
	with_lock "kernel-$1" "kernel_$how" "$1" "$from" "$what"
}

# kernel_keep NAME: it was used, so it is not old. A built one's source neither.
kernel_keep() {
	local home
	home=$(kernel_home "$1")
	touch -hc "$home" "$(readlink -f "$home")"
	[ ! -e "$home/build/source" ] || touch -c "$(readlink -f "$home/build/source")"
}

# The package that a Debian kernel metapackage stands for.
kernel_package() {
	lab_apt_cache depends "$1" | awk '$1 == "Depends:" && $2 ~ /^linux-(image|headers)-[0-9]/ { print $2; exit }'
}

# kernel_fetch NAME IMAGE HEADERS: the lock on the kernel is held.
kernel_fetch() {
	local name=$1 image headers release dir
	[ ! -e "$(kernel_home "$name")/release" ] || return 0
	room_for 2048 "kernel $name"
	lab_apt_update
	image=$(kernel_package "$2") headers=$(kernel_package "$3")
	[ -n "$image" ] && [ -n "$headers" ] || die "the mirror has no $2 or no $3"
	release=${image#linux-image-}
	dir=$LAB_CACHE/kernels/$release-$(kernel_recipe "$name")
	fresh "$dir"
	step "fetching kernel $release" "$LAB_CACHE/kernel-$name.log" \
		kernel_unpack "$dir" "$release" "$image" "$headers"
	publish "$dir"
	ln -sfn "${dir##*/}" "$(kernel_home "$name")"
	drop_old "$LAB_CACHE/kernels"
}

# Everything below runs as one step: a failure leaves only DIR.new behind.
kernel_unpack() {
	local dir=$1 release=$2 image=$3 headers=$4 common kbuild package deb
	mkdir -p "$LAB_CACHE/debs"
	cd "$LAB_CACHE/debs" || exit
	common=${headers%-amd64}-common
	kbuild=$(lab_apt_cache depends "$headers" | awk '$1 == "Depends:" && $2 ~ /^linux-kbuild/ { print $2; exit }')
	for package in "$image" "$headers" "$common" "$kbuild"; do
		lab_apt download "$package"
		deb=$(find . -name "${package}_*.deb" -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d' ' -f2)
		dpkg -x "$deb" "$dir.new/root"
		rm "$deb"
	done
	cd "$dir.new" || exit
	kernel_modules "$release"
	kernel_headers "$dir" "${headers#linux-headers-}"
	mv "root/boot/vmlinuz-$release" vmlinuz
	python3 "$LAB_DIR/lib/unpack_kernel.py" vmlinuz vmlinux
	mv "root/boot/config-$release" config
	rm -rf root/boot root/usr/share
	echo "$release" >release
}

# The module tree, without what the VM has no use for, and as a disk.
kernel_modules() {
	local tree=root/lib/modules/$1 folder
	[ -d "$tree" ] || tree=root/usr/lib/modules/$1
	while read -r folder; do
		rm -rf "$tree/kernel/$folder"
	done < <(package_list "$LAB_DIR/lib/modules.prune")
	rm -f "$tree/build" "$tree/source"
	mv "$tree" modules
	find modules -name '*.xz' -exec xz -d {} +
	mkdir -p stage/lib/modules
	ln -s ../../../modules "stage/lib/modules/$1"
	depmod -b stage "$1"
	rm -r stage
	mkfs.ext4 -q -d modules -m 0 -O ^has_journal -E root_owner=0:0 \
		modules.ext4 "$(($(du -sm modules | cut -f1) * 5 / 4 + 64))M"
}

# Debian's headers name /usr/src and /usr/lib in their Makefiles and links;
# make them name the place they will have in the cache.
kernel_headers() {
	local home=$1/root src=root/usr/src target link
	grep -rlE --include=Makefile --include=.kernelvariables '/usr/(src|lib)/' "$src" |
		while read -r file; do
			sed -i -E "s,(^|[ =])/usr/(src|lib)/linux,\1$home/usr/\2/linux,g" "$file"
		done
	find "$src" -type l -lname '/*' | while read -r link; do
		target=$(readlink "$link")
		ln -sfn "$home$target" "$link"
	done
	# with it, modpost's last step would want pahole for the modules' BTF
	rm -f "root/usr/src/linux-headers-$2/vmlinux"
	ln -s "root/usr/src/linux-headers-$2" kdir
}
