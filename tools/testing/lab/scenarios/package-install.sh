#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: package-install
# about: make install and uninstall, for 6.1 and 6.12, into a folder; each refusal is one line
# when: full
# limit: 900
# where: host
# kernel: 6.1 6.12
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh

lab=tools/testing/lab/lab
plan 46

# tree KERNEL ROOT: the modules of a kernel as they are in an installed system
tree() {
	local kernel release
	kernel=$($lab kernel "$1")
	release=$(cat "$kernel/release")
	mkdir -p "$2/lib/modules/$release" "$2/etc/modprobe.d" "$2/usr/local/lib"
	ln -s "$kernel/modules/kernel" "$2/lib/modules/$release/"
	cp "$kernel"/modules/modules.{order,builtin,builtin.modinfo} "$2/lib/modules/$release/"
	depmod -b "$2" "$release"
	echo "$release"
}

quiet() { "$@" >"$tmp/log" 2>&1 || { sed 's/^/# /' "$tmp/log"; return 1; }; }
run() { DESTDIR=$root make --no-print-directory -s "$@" KDIR="$kdir" OUT="$tmp/out"; }
# built: make, in the folder where the scenarios' modules were made just so, which then
# is no work; a copy is what is installed and broken here
built() {
	make --no-print-directory -s modules KDIR="$kdir" KCFLAGS=-Werror &&
		mkdir -p "$tmp/out/modules" && cp -r "out/modules/$release" "$tmp/out/modules/"
}
state() { (cd "$root" && find . -type f -exec sha256sum {} + && find . | sort); }
# what modprobe would load for a module, updates/ only
loads() { modprobe -d "$root" -S "$release" --show-depends "$1" | grep -o '/updates/.*\.ko' | paste -sd ' '; }
hints() { grep -q "does not load yet: the virtio_pci of $release lacks calls that it makes" "$tmp/log"; }

# refused TEXT LINE COMMAND...: it fails, says one line, and leaves all as it was
refused() {
	local text=$1 line=$2
	shift 2
	state >"$tmp/before"
	if ! "$@" >"$tmp/log" 2>&1 && state | cmp -s - "$tmp/before" &&
	   [ "$(grep -cvE '^make|^depmod' "$tmp/log")" = 1 ] && grep -qE "^[a-z]+-[a-z]+: $line" "$tmp/log"; then
		ok "$text"
	else
		not_ok "$text"
		sed 's/^/# /' "$tmp/log"
	fi
}

kdir=$($lab kdir 6.1) root=$tmp/6.1
release=$(tree 6.1 "$root")
refused "modules that are not built" "virtio-vfio-pci is not built for Linux $release: run make" run install
check_that "6.1: make" quiet built
state >"$tmp/stock"
check_that "6.1: make install" quiet run install
check_that "it says that virtio_pci is wanted as well" hints
check_that "the kernel's own virtio_pci is not replaced" [ "$(loads virtio_pci)" = "" ]
why=/usr/local/lib/virtio-vfio-pci/modprobe-diagnose
check_that "modprobe is told to say why it does not load" grep -q "^install virtio-vfio-pci .* $why " \
	"$root/etc/modprobe.d/virtio-vfio-pci-variant.conf"
check_that "by a program that is there" [ -x "$root$why" ]
check_that "6.1: make uninstall" quiet run uninstall
state >"$tmp/after"
check_that "which leaves nothing behind" cmp "$tmp/stock" "$tmp/after"
check_that "6.1: make install, virtio_pci as well" quiet run install PARTS="variant virtio-pci"
check_that "now nothing is wanted" eval '! hints'
check_that "virtio-vfio-pci gets our virtio_pci" [ "$(loads virtio-vfio-pci)" = \
	"/updates/virtio-vfio-pci/virtio-pci/virtio_pci.ko /updates/virtio-vfio-pci/variant/virtio-vfio-pci.ko" ]
check_that "the same once more" quiet run install PARTS="variant virtio-pci"
mkdir "$tmp/bin"
printf '#!/bin/sh\necho "depmod: no" >&2; exit 1\n' >"$tmp/bin/depmod"
chmod +x "$tmp/bin/depmod"
refused "depmod fails: what was there comes back" "failed; nothing was changed" \
	env PATH="$tmp/bin:$PATH" DESTDIR="$root" scripts/install-modules "$kdir" "$tmp/out" variant
check_that "6.1: make uninstall, both" quiet run uninstall PARTS="variant virtio-pci"
state >"$tmp/after"
check_that "all is as it was" cmp "$tmp/stock" "$tmp/after"
refused "an unknown part" "unknown part card; there are: variant virtio-pci vdpa" run install PARTS=card

vdpa="ifcvf vdpa vdpa_ring vdpa_sim vdpa_sim_blk vdpa_sim_net vduse vhost_vdpa virtio_vdpa vp_vdpa"
vdpa_there() { (cd "$root" && find . -path '*/updates/*vdpa*.ko' -printf '%f\n') | sed 's/\.ko$//' | sort | paste -sd ' '; }
check_that "6.1: make install, vDPA" quiet run install PARTS=vdpa
check_that "all of the set is there" [ "$(vdpa_there)" = "$vdpa" ]
check_that "and not mixed" eval '! scripts/mixed-vdpa "$release" "$root"'
mv "$root/lib/modules/$release/updates/virtio-vfio-pci/vdpa/vdpa_sim.ko" "$tmp/"
depmod -b "$root" "$release"
check_that "less one, it is" eval 'scripts/mixed-vdpa "$release" "$root" | grep -q "vdpa_sim_blk vduse virtio_vdpa vhost_vdpa vp_vdpa ifcvf being ours and vdpa_sim not"'
check_that "6.1: make uninstall, vDPA" quiet run uninstall PARTS=vdpa
for_tests() { (cd "$tmp/out/modules/$release" && ls *_exercise.ko); }
check_that "modules for tests were made" quiet for_tests
check_that "6.1: make install, everything" quiet run install PARTS="variant virtio-pci vdpa"
check_that "and no module for tests with it" [ -z "$(find "$root" -name '*_exercise.ko')" ]
run uninstall PARTS="variant virtio-pci vdpa" >"$tmp/log" 2>&1
mv "$tmp/out/modules/$release/vhost_vdpa.ko" "$tmp/vhost_vdpa.ko"
refused "one of the vDPA set is not built: none is installed" "vhost_vdpa is not built" \
	env DESTDIR="$root" scripts/install-modules "$kdir" "$tmp/out" vdpa
mv "$tmp/vhost_vdpa.ko" "$tmp/out/modules/$release/"
state >"$tmp/after"
check_that "all is as it was, once more" cmp "$tmp/stock" "$tmp/after"
refused "a kernel that is not installed" "Linux $release is not installed in /nowhere" \
	env DESTDIR=/nowhere scripts/install-modules "$kdir" "$tmp/out" variant

kdir=$($lab kdir 6.12) root=$tmp/6.12
release=$(tree 6.12 "$root")
check_that "6.12: make" quiet built
says_owner() { [ "$(grep -c "^build-modules: Linux $release has virtio_pci built in: ours is virtio_pci_owner, for PFs" "$tmp/log")" = 1 ]; }
check_that "it says in one line what is made where virtio_pci is built in" says_owner
check_that "and that is what is made" [ -e "out/modules/$release/virtio_pci_owner.ko" -a ! -e "out/modules/$release/virtio_pci.ko" ]
check_that "6.12: make install" quiet run install
check_that "no virtio_pci is wanted there" eval '! hints'
refused "virtio_pci is built in" "Linux .* has virtio_pci built in: it cannot be replaced" \
	run install PARTS="variant virtio-pci"

# folders that say of themselves what these kernels would
folder() {
	mkdir -p "$tmp/$1/include/generated" "$tmp/$1/include/config"
	touch "$tmp/$1/Makefile"
	[ -z "$2" ] || echo "#define UTS_RELEASE \"$2\"" >"$tmp/$1/include/generated/utsrelease.h"
	echo "$3" >"$tmp/$1/include/config/auto.conf"
}
folder bare "" ""
folder old 5.10.0-30-amd64 CONFIG_VFIO_PCI_CORE=m
folder small 6.6.1 CONFIG_PCI=y
# refused_all TEXT KDIR LINE: by make, and by make install
refused_all() {
	refused "make: $1" "$3" make --no-print-directory KDIR="$2" OUT="$tmp/out"
	refused "make install: $1" "$3" env DESTDIR="$root" make --no-print-directory install KDIR="$2" OUT="$tmp/out"
}
refused_all "no headers" /nowhere "no kernel build folder at /nowhere: install the kernel's headers"
refused_all "headers that are not prepared" "$tmp/bare" ".* is not prepared .*: run make modules_prepare"
refused_all "a kernel that is too old" "$tmp/old" "Linux 5.10.0-30-amd64 is too old: 6.1 is the oldest .*, boot that"
refused_all "no vfio-pci-core" "$tmp/small" "Linux 6.6.1 has no vfio-pci-core, which .*: take a kernel with"

# the words of dkms: which packages are not for a kernel
folder module 6.6.2 CONFIG_VFIO_PCI_CORE=m
folder builtin 6.6.3 "$(printf 'CONFIG_%s\n' VFIO_PCI_CORE=m VIRTIO_PCI=y VDPA=y)"
not_meant() {
	local package
	for package in virtio-vfio-pci virtio-pci-admin virtio-pci-owner virtio-vfio-pci-vdpa; do
		scripts/dkms-skip $package "$1" >>"$tmp/log" && echo $package
	done | paste -sd ' '
}
: >"$tmp/log"
check_that "dkms: without headers, none is refused for good" [ -z "$(not_meant /nowhere)" ]
check_that "dkms: virtio_pci is a module" [ "$(not_meant "$tmp/module")" = virtio-pci-owner ]
check_that "dkms: virtio_pci and vDPA are built in" [ "$(not_meant "$tmp/builtin")" = "virtio-pci-admin virtio-vfio-pci-vdpa" ]
check_that "dkms: one line for each" [ "$(wc -l <"$tmp/log")" = 3 ]
