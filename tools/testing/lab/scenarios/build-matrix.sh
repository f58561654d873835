#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: build-matrix
# about: on 6.1, 6.12 (our driver beside its own) and 7.3: the modules build from one source without a word from W=1 and sparse
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

# kernel; modules that must be there, and one that must not
kernels="
6.1	virtio_pci virtio-vfio-pci vdpa		virtio_pci_owner
6.12	virtio_pci_owner virtio-vfio-pci vdpa	virtio_pci
7.3	virtio_pci virtio-vfio-pci vdpa		virtio_pci_owner
"
has() {
	local module
	for module in $1; do
		[ -e "out/modules/$release/$module.ko" ] || { echo "# no $module"; return 1; }
	done
	[ ! -e "out/modules/$release/$2.ko" ]
}
# as each of our objects says it was compiled: errors, and what W=1 adds
strict() {
	local objects
	objects=$(find "out/build/$release/drivers" -name '.*.o.cmd' ! -name '.*.mod.o.cmd' -exec grep -l '\.c *$\|\.c$' {} +)
	[ "$(wc -l <<<"$objects")" -gt 40 ] || { echo "# only: $objects"; return 1; }
	! grep -L -e '-Werror .*-Wmissing-format-attribute\|-Wmissing-format-attribute.* -Werror' $objects | sed 's/^/# /' | grep .
}

# Compiled again is what has changed since the modules were made for the scenarios:
# there as here a warning of the compiler is an error (KCFLAGS), so an object that is
# there had none. sparse and modpost look at all of it.
compile() {
	rm -f "out/build/$release/Module.symvers"
	scripts/build-modules "$kdir" out KCFLAGS=-Werror C=2 \
		CHECK="$(checker "$kdir" | paste -sd ' ')" >"$tmp/log" 2>&1 </dev/null ||
		{ tail -n 20 "$tmp/log" | sed 's/^/# /'; return 1; }
}

plan 14
while IFS=$'\t' read -r kernel modules absent; do
	[ -n "$kernel" ] || continue
	if ! tools/testing/lab/lab has "$kernel"; then
		for result in "they build" "with warnings as errors" "no other warnings" "the right ones"; do
			skip "$kernel: $result" "it is not in the cache; make check TESTS=kernel-$kernel builds it"
		done
		continue
	fi
	kdir=$(tools/testing/lab/lab kdir "$kernel")
	release=$(scripts/check-kernel "$kdir")
	check_that "$release: they build" compile
	check_that "$release: with warnings as errors" strict
	check_that "$release: no other warnings" silent
	check_that "$release: the right ones" has "$modules" "$absent"
done < <(tr -s '\t' <<<"$kernels")
# a checker that does not check would be silent as well
printf 'static int *x = 1 + (void __attribute__((address_space(1))) *)0;\n' >"$tmp/wrong.c"
check_that "sparse complains where it should" eval 'sparse "$tmp/wrong.c" 2>&1 | grep -q warning'
printf 'KTAP\nWARNING: modpost: missing\n' >"$tmp/log"
check_that "and is heard" eval '! silent >/dev/null'
