#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: kernel-7.3-kconfig
# about: our folders laid over 7.3's tree: Kconfig takes our symbols, as modules and built in
# limit: 300
# when: named
# where: host
# kernel: 7.3
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh

source=$(readlink -f "$(tools/testing/lab/lab kernel 7.3)/build/source")
tree=$tmp/tree

# of the source, what configuration reads and what is laid over
skeleton() {
	mkdir "$tree"
	(cd "$source" && find . \( -path ./scripts -o -path ./drivers/virtio -o -path ./drivers/vhost \
		-o -path ./drivers/vdpa -o -path ./drivers/vfio -o -path ./include/uapi/linux \) -prune -print0 \
		-o \( -name 'Kconfig*' -o -name 'Makefile*' -o -name Kbuild -o -path ./include/linux/virtio.h \) \
		-type f -print0 | tar -c --null -T - | tar -x -C "$tree")
	mkdir -p "$tree/include/uapi/linux"
}

# what our Kconfig files have, each set to $1
symbols() {
	sed -n 's/^\(menu\)\?config \(.*\)/\2/p' drivers/{vdpa,vhost,virtio,vfio/pci/virtio}/Kconfig |
		sort | sed "s/.*/CONFIG_&=$1/"
}

# configure VALUE: the lab's own configuration, its vDPA less what is not ours
configure() {
	mkdir -p "$tmp/$1"
	{
		grep -vE '^CONFIG_(VDPA_USER|IFCVF|VP_VDPA)=' tools/testing/lab/kernels/lab.config
		[ "$1" = m ] || printf 'CONFIG_%s=y\n' VFIO VFIO_PCI IOMMUFD
		symbols "$1"
	} >"$tmp/$1/wanted"
	make -s -C "$tree" O="$tmp/$1" CC=gcc-12 KCONFIG_ALLCONFIG="$tmp/$1/wanted" allnoconfig \
		>"$tmp/$1/log" 2>&1 || { sed 's/^/# /' "$tmp/$1/log"; return 1; }
}
quiet() { ! grep -v 'override: reassigning' "$tmp/$1/log" | sed 's/^/# /' | grep .; }
taken() { ! comm -23 <(symbols "$1") <(sort "$tmp/$1/.config") | sed 's/^/# not taken: /' | grep .; }
# each object of our Makefiles hangs on a symbol that a Kconfig file has; a part of one may hang
# on the kernel's
without_symbol() {
	grep -rhoE '^obj-.*' drivers --include=Makefile | grep -v 'CONFIG_[A-Z_]*'
	grep -rhE '^obj-' drivers --include=Makefile | grep -oE 'CONFIG_[A-Z_]+' | sort -u |
		comm -23 - <(symbols x | sed 's/=x//')
}
with_help() {
	awk '/^(menu)?config/ { if (name) print name; name = $2 } $1 == "help" { getline; if ($0 ~ /[^ \t]/) name = "" } END { if (name) print name }' \
		drivers/{vdpa,vhost,virtio,vfio/pci/virtio}/Kconfig
}

# A tree that takes the project in as a whole reads the Kconfig at our top. conf writes to
# include/ where it is run.
whole() {
	local symbol top=$PWD
	{
		for symbol in NET PCI EVENTFD MMU SHMEM MODULES VIRTIO VFIO_PCI_CORE VHOST_IOTLB; do
			printf 'config %s\n\tdef_bool y\n' $symbol
			[ $symbol != MODULES ] || printf '\tmodules\n'
		done
		printf 'VIRTIO_VFIO_PCI_DIR := .\nsource "$(VIRTIO_VFIO_PCI_DIR)/Kconfig"\n'
	} >"$tmp/Kconfig.in"
	(cd "$tmp" && KCONFIG_CONFIG=$tmp/whole srctree=$top "$tmp/m/scripts/kconfig/conf" \
		--allyesconfig "$tmp/Kconfig.in") >"$tmp/log" 2>&1 || { sed 's/^/# /' "$tmp/log"; return 1; }
	! comm -23 <(symbols y) <(sort "$tmp/whole") | sed 's/^/# not there: /' | grep .
}

plan 12
check_that "each symbol has help" [ -z "$(with_help)" ]
check_that "each object has a symbol" [ -z "$(without_symbol)" ]
skeleton
check_that "our folders are laid over" scripts/overlay-tree "$tree"
find "$tree" -type f -exec sha256sum {} + | sort >"$tmp/once"
check_that "and once more" scripts/overlay-tree "$tree"
find "$tree" -type f -exec sha256sum {} + | sort >"$tmp/twice"
check_that "which changes nothing" cmp "$tmp/once" "$tmp/twice"
for value in m y; do
	check_that "$value: it is configured" configure $value
	check_that "$value: Kconfig has nothing to say" quiet $value
	check_that "$value: all of our symbols are taken" taken $value
done
check_that "and the Kconfig at the top has all of them" whole
