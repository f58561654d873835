#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-mixed
# about: the kernel's own vDPA modules and ours, mixed either way: each is refused, and says so
# limit: 120
# when: named
# where: vm
# kernel: 6.12
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh

stock=/lib/modules/$(uname -r)/kernel/drivers
conf=contrib/modprobe.d/virtio-vfio-pci-vdpa.conf

loaded() { [ -d "/sys/module/$1" ]; }
# refused SYMBOL COMMAND...: it fails, and the kernel's log names a symbol like this
refused() {
	local symbol=$1
	shift
	dmesg -C
	! "$@" 2>"$tmp/err" && dmesg | grep -qE "Unknown symbol $symbol" ||
		{ dmesg | tail -n 5 | sed 's/^/# /'; return 1; }
}
file_of() { find "$stock/$1" -name "$2.ko*" | head -n 1; }
module_file() { /usr/bin/python3 tools/testing/lab/scenarios/lib/module_file.py "$@"; }
# none_in_both: no name is exported by our modules and by those of the kernel
none_in_both() {
	local module
	for module in vdpa vdpa_sim; do
		module_file exports "$(modinfo -n "$module")" || return 1
	done | sort >"$tmp/ours"
	module_file exports "$(file_of vdpa vdpa)" >"$tmp/theirs" || return 1
	grep -q '^vvp_vdpa_' "$tmp/ours" && grep -q '^_\?_\?vdpa_' "$tmp/theirs" || { echo "# not read"; return 1; }
	! comm -12 "$tmp/ours" "$tmp/theirs" | sed 's/^/# /' | grep .
}
one_line() { [ "$(wc -l <"$tmp/log")" = 1 ] && grep -q "$1" "$tmp/log" || { sed 's/^/# /' "$tmp/log"; return 1; }; }
# no module that we have is called one of the kernel's there
only_theirs() { ! sed -n 's/^install \([a-z0-9_]*\) .*/\1/p' $conf | xargs -n 1 modinfo -n 2>/dev/null | grep updates/; }

plan 12
check_that "no exported name is in both sets" none_in_both
modprobe vdpa
check_that "the kernel's vduse is refused on our bus" refused '(_|__)?vdpa_' insmod "$(file_of vdpa vduse)"
check_that "the kernel's virtio_vdpa is refused on our bus" refused '(_|__)?vdpa_' insmod "$(file_of virtio virtio_vdpa)"
check_that "neither stays" eval '! loaded vduse && ! loaded virtio_vdpa'
rmmod vdpa
insmod "$(file_of vdpa vdpa)"
check_that "our vhost_vdpa is refused on the kernel's bus" refused vvp_vdpa_ modprobe vhost_vdpa
rmmod vdpa

# the kernel's own bus under a name that leaves the name vdpa free, as one that is built in does
module_file rename "$(file_of vdpa vdpa)" "$tmp/vdpx.ko" vdpx
check_that "a bus that is there under another name" insmod "$tmp/vdpx.ko"
dmesg -C
check_that "our bus is refused beside another" eval '! modprobe vdpa 2>/dev/null'
dmesg >"$tmp/log"
check_that "in one line that says what to do" one_line "vdpa: another vDPA bus is in use, the kernel's own: unload"
check_that "and does not stay" eval '! loaded vdpa'
rmmod vdpx

cp $conf /etc/modprobe.d/
check_that "modprobe of the kernel's mlx5_vdpa fails" eval '! modprobe mlx5_vdpa 2>"$tmp/log"'
grep -v 'modprobe: ERROR' "$tmp/log" >"$tmp/log.new" || :
mv "$tmp/log.new" "$tmp/log"
check_that "and says in one line what to do" one_line "mlx5_vdpa is one of the kernel's own .* remove those to use it"
check_that "this is said of no module of ours" only_theirs
