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
# both: names that our modules and those of the kernel export; there must be none
both() {
	local module
	for module in vdpa vdpa_sim; do
		modinfo -n "$module"
	done | xargs -n 1 nm | sed -n 's/.* __ksymtab_//p' | sort >"$tmp/ours"
	nm "$(file_of vdpa vdpa)" | sed -n 's/.* __ksymtab_//p' | sort >"$tmp/theirs"
	[ -s "$tmp/ours" ] && [ -s "$tmp/theirs" ] && comm -12 "$tmp/ours" "$tmp/theirs"
}
# The kernel's own bus under a name that leaves the name vdpa free, as one that is
# built in does: the second string is the module's name in its struct module.
renamed() {
	/usr/bin/python3 - "$1" "$2" <<'END'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
name = b"vdpa\0"
header = int.from_bytes(data[0x28:0x30], "little")
count, index = int.from_bytes(data[0x3c:0x3e], "little"), int.from_bytes(data[0x3e:0x40], "little")
def section(i):
    at = header + 64 * i
    return int.from_bytes(data[at:at + 4], "little"), int.from_bytes(data[at + 24:at + 32], "little"), \
        int.from_bytes(data[at + 32:at + 40], "little")
names = section(index)[1]
for i in range(count):
    title, offset, size = section(i)
    if data[names + title:].startswith(b".gnu.linkonce.this_module\0"):
        at = data.index(name, offset, offset + size)
        data[at:at + 5] = b"vdpx\0"
        break
open(sys.argv[2], "wb").write(data)
END
}
one_line() { [ "$(wc -l <"$tmp/log")" = 1 ] && grep -q "$1" "$tmp/log" || { sed 's/^/# /' "$tmp/log"; return 1; }; }
# no module that we have is called one of the kernel's there
only_theirs() { ! sed -n 's/^install \([a-z0-9_]*\) .*/\1/p' $conf | xargs -n 1 modinfo -n 2>/dev/null | grep updates/; }

plan 11
check_that "no exported name is in both sets" [ -z "$(both)" ]
modprobe vdpa
check_that "the kernel's vduse is refused on our bus" refused '(_|__)?vdpa_' insmod "$(file_of vdpa vduse)"
check_that "the kernel's virtio_vdpa is refused on our bus" refused '(_|__)?vdpa_' insmod "$(file_of virtio virtio_vdpa)"
check_that "neither stays" eval '! loaded vduse && ! loaded virtio_vdpa'
rmmod vdpa
insmod "$(file_of vdpa vdpa)"
check_that "our vhost_vdpa is refused on the kernel's bus" refused vvp_vdpa_ modprobe vhost_vdpa
rmmod vdpa

renamed "$(file_of vdpa vdpa)" "$tmp/vdpx.ko"
insmod "$tmp/vdpx.ko"
dmesg -C
check_that "our bus is refused beside another" eval '! modprobe vdpa 2>/dev/null'
dmesg >"$tmp/log"
check_that "in one line that says what to do" one_line "vdpa: another vDPA bus is in use, the kernel's own: unload"
check_that "and does not stay" eval '! loaded vdpa'
rmmod vdpx

cp $conf /etc/modprobe.d/
check_that "modprobe of the kernel's vduse fails" eval '! modprobe vduse 2>"$tmp/log"'
grep -v 'modprobe: ERROR' "$tmp/log" >"$tmp/log.new" || :
mv "$tmp/log.new" "$tmp/log"
check_that "and says in one line what to do" one_line "vduse is one of the kernel's own .* remove those to use it"
check_that "this is said of no module of ours" only_theirs
