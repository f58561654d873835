# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Kernels that are built here: from the source that Debian ships, with the
# fragments in kernels/ on top of an empty configuration. What stands in the
# cache is the same as for a kernel that was fetched (lib/kernel.sh says what).
#
#   kernels/tree-KEY       the source, shared by all that are built from it
#   kernels/NAME-KEY/build the build folder; external modules need it later
#   kernels/NAME-KEY/tree  the source with our folders laid over, where a fragment says so
#
# A build happens where it will stay, and `release` is written last: one that
# was cut off goes on where it stopped.
# Needs: lib/common.sh, lib/apt.sh, lib/packages.sh.

# What of the source is not unpacked: other machines and families of drivers
# that the VM has not. Their Kconfig files have to be there.
KERNEL_TREE_WITHOUT=(
	'arch/[!x]*/*.[chS]' 'arch/*.dts*' 'Documentation/[!K]*/*' 'drivers/gpu/*.[ch]'
	'drivers/media/*.[ch]' 'sound/*.[ch]' 'tools/perf' 'tools/testing'
)

# kernel_fragments A,B: their files. A line "# without: X Y" in one of them takes symbols
# back that another has; then it is copies without these that are built from.
kernel_fragments() {
	local file files without
	mapfile -t files < <(printf "$LAB_DIR/kernels/%s.config\n" ${1//,/ })
	without=$(sed -n 's/^# without: //p' "${files[@]}" | tr ' ' '|')
	for file in "${files[@]}"; do
		if [ -n "$without" ]; then
			sed -E "/^CONFIG_($without)=/d" "$file" >"$LAB_CACHE/tmp/$1-${file##*/}.$$"
			file=$LAB_CACHE/tmp/$1-${file##*/}
			mv "$file.$$" "$file"
		fi
		echo "$file"
	done
}

# our_tree FRAGMENTS: one of them wants our folders in the tree
our_tree() {
	local files
	mapfile -t files < <(kernel_fragments "$1")
	grep -q '^# tree: ours' "${files[@]}"
}

# The steps are part of the recipe, comments on them are not.
kernel_build_recipe() { digest kernel_build_inputs "$@"; }
kernel_build_inputs() {
	local files
	mapfile -t files < <(kernel_fragments "$2")
	kernel_tree_inputs "$1"
	sed '/^#/d' "${files[@]}"
	! our_tree "$2" || (cd "$LAB_TOP" && find drivers include scripts -type f -exec sha256sum {} + | sort)
	declare -f kernel_compile kernel_configure kernel_collect kernel_modules kernel_make_command
}
kernel_tree_inputs() {
	echo "$1 ${KERNEL_TREE_WITHOUT[*]}"
	declare -f kernel_tree_unpack
}

# kernel_build NAME PACKAGE FRAGMENTS: the lock on the kernel is held.
kernel_build() {
	local name=$1 package=$2 fragments=$3 dir tree packages
	dir=$(kernel_home "$name")
	[ ! -e "$dir/release" ] || return 0
	room_for 4096 "kernel $name"
	mapfile -t packages < <(package_list "$LAB_DIR/lib/packages.kernel")
	packages_need "${packages[@]}"
	tree=$LAB_CACHE/kernels/tree-$(digest kernel_tree_inputs "$package")
	with_lock kernel-source kernel_tree_make "$tree" "$package"
	mkdir -p "$dir"
	if our_tree "$fragments"; then
		step "laying our folders over $package" "$LAB_CACHE/kernel-$name.log" \
			kernel_lay_over "$tree" "$dir/tree"
		tree=$dir/tree
	fi
	step "building kernel $name" "$LAB_CACHE/kernel-$name.log" \
		kernel_compile "$dir" "$tree" "$fragments"
	kernel_build_trim "$dir/build"
	drop_old "$LAB_CACHE/kernels"
}

kernel_tree_make() {
	local tree=$1 package=$2 found
	[ ! -e "$tree" ] || return 0
	lab_apt_update
	found=$(kernel_source_package "$package")
	[ -n "$found" ] || die "the mirror has no $package, nor any later one"
	[ "$found" = "$package" ] || say "the mirror has no $package any more, taking $found"
	fresh "$tree"
	step "fetching $found" "$LAB_CACHE/kernel-source.log" kernel_tree_unpack "$tree.new" "$found"
	publish "$tree"
}

# The package, or the newest of its kind when the mirror has moved on.
kernel_source_package() {
	local there
	there=$(lab_apt_cache pkgnames linux-source- | grep -xE 'linux-source-[0-9.]+' | sort -V)
	grep -xF "$1" <<<"$there" || tail -n 1 <<<"$there"
}

kernel_tree_unpack() {
	local dir=$1 package=$2 pattern excludes=()
	for pattern in "${KERNEL_TREE_WITHOUT[@]}"; do
		excludes+=("--exclude=$package/$pattern")
	done
	mkdir "$dir/deb"
	cd "$dir/deb" || exit
	lab_apt download "$package"
	dpkg-deb --fsys-tarfile "$package"_*.deb | tar -xO "./usr/src/$package.tar.xz" |
		tar -xJ --strip-components=1 -C "$dir" --wildcards "${excludes[@]}"
	rm -r "$dir/deb"
}

# By hard links, so that it costs neither time nor space.
kernel_lay_over() {
	[ -d "$2" ] || { rm -rf "$2.new" && cp -al "$1" "$2.new" && mv "$2.new" "$2"; }
	"$LAB_TOP/scripts/overlay-tree" "$2"
}

kernel_make_command() {
	make -s -C "$1/build" CC=gcc-12 KBUILD_BUILD_USER=lab KBUILD_BUILD_HOST=lab \
		-j "${LAB_JOBS:-$(nproc)}" "${@:2}"
}

kernel_compile() {
	local dir=$1 tree=$2 fragments=$3
	kernel_configure "$dir" "$tree" "$fragments"
	kernel_make_command "$dir" bzImage modules
	kernel_collect "$dir"
}

# Whatever the kernel did not take as asked for is an error, not a surprise.
kernel_configure() {
	local dir=$1 tree=$2 files line symbol status=0
	mapfile -t files < <(kernel_fragments "$3")
	mkdir -p "$dir/build"
	cat "${files[@]}" >"$dir/wanted"
	make -s -C "$tree" O="$dir/build" CC=gcc-12 KCONFIG_ALLCONFIG="$dir/wanted" allnoconfig
	while read -r line; do
		symbol=${line%%=*}
		[ "${line#*=}" != n ] || line="# $symbol is not set"
		grep -qxF -- "$line" "$dir/build/.config" ||
			{ echo "error: the kernel has not taken: $line"; status=1; }
	done < <(tac "$dir/wanted" | awk -F= '/^CONFIG_/ && !seen[$1]++')
	return $status
}

kernel_collect() {
	local dir=$1 release
	release=$(cat "$dir/build/include/config/kernel.release")
	rm -rf "$dir/root" "$dir/modules" "$dir/stage"
	kernel_make_command "$dir" INSTALL_MOD_PATH="$dir/root" DEPMOD=/bin/true modules_install
	cd "$dir" || exit
	kernel_modules "$release"
	rm -r root
	cp build/arch/x86/boot/bzImage vmlinuz
	objcopy --strip-debug build/vmlinux vmlinux
	cp build/.config config
	ln -sfn build kdir
	echo "$release" >release.new
	mv release.new release
}

# Objects are of no use any more; what external modules need is not among them.
kernel_build_trim() {
	find "$1" \( -path "$1/scripts" -o -path "$1/tools" \) -prune -o \
		-type f \( -name '*.o' -o -name '*.ko' -o -name '*.a' -o -name '.*.cmd' -o -name 'vmlinux*' \) \
		-exec rm -f {} +
	rm -f "$1"/arch/x86/boot/bzImage "$1"/arch/x86/boot/compressed/vmlinux*
}
