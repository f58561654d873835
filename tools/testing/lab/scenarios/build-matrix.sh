#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: build-matrix
# about: on 6.1 and 6.12: the modules build from one source without a word from W=1 and sparse
# limit: 900
# where: host
# kernel: 6.1 6.12
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh

# The headers of 7.3 use two things that Debian 12's sparse does not know yet; the
# kernel itself, built with the same compiler, makes the same of them.
checker() {
	echo "sparse"
	[ ! -e "$1/source/scripts/checker-valid.sh" ] ||
		printf '%s\n' "-D__typeof_unqual__=__typeof__" '-D__builtin_strlen\(x\)=\(sizeof\(x\)-1\)'
}

# what Debian's headers cannot give is no finding: vmlinux, for BTF
complaints() { grep -vE 'Skipping BTF generation|^/.*: *$' "$tmp/log" | grep -iE 'warning|error'; }
silent() { ! complaints | sed 's/^/# /' | grep .; }

# kernel, modules that must be there, and one that must not
kernels="
6.1	virtio_pci virtio-vfio-pci vdpa		virtio_pci_owner
6.12	virtio_pci_owner virtio-vfio-pci vdpa	virtio_pci
"
has() {
	local module
	for module in $1; do
		[ -e "$tmp/out/modules/$release/$module.ko" ] || return 1
	done
	[ ! -e "$tmp/out/modules/$release/$2.ko" ]
}

plan 7
while IFS=$'\t' read -r kernel modules absent; do
	[ -n "$kernel" ] || continue
	kdir=$(tools/testing/lab/lab kdir "$kernel")
	release=$(scripts/check-kernel "$kdir")
	status=0
	scripts/build-modules "$kdir" "$tmp/out" CC=gcc-12 C=1 \
		CHECK="$(checker "$kdir" | paste -sd ' ')" >"$tmp/log" 2>&1 </dev/null || status=$?
	[ $status -eq 0 ] || tail -n 20 "$tmp/log" | sed 's/^/# /'
	check_that "$release: they build" [ $status -eq 0 ]
	check_that "$release: no warnings" silent
	check_that "$release: the right ones" has "$modules" "$absent"
done < <(tr -s '\t' <<<"$kernels")
# a checker that does not check would be silent as well
printf 'static int *x = 1 + (void __attribute__((address_space(1))) *)0;\n' >"$tmp/wrong.c"
check_that "sparse complains where it should" eval 'sparse "$tmp/wrong.c" 2>&1 | grep -q warning'
