#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: kernel-refuse
# about: modprobe says in one line why a module of ours does not load, and what to do; make too
# when: full
# limit: 1200
# where: vm
# kernel: 6.12
#
# 6.12 has virtio_pci built in, and vDPA modules of its own.
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/refuse.sh

stock() { find "$tree/kernel/drivers" -name "$1.ko*" | head -n 1; }
away() { mkdir -p "$tmp/away"; mv "$1" "$tmp/away/"; depmod; }
back() { mv "$tmp/away/$(basename "$1")" "$1"; depmod; }
quiet() { "$@" >"$tmp/log" 2>&1 || { sed 's/^/# /' "$tmp/log"; return 1; }; }
unload() {
	local module
	for module in ifcvf vp_vdpa vduse virtio_vdpa vhost_vdpa vdpa_sim_net vdpa_sim_blk vdpa_sim vdpa_ring vdpa; do
		! loaded $module || rmmod $module || return 1
	done
}
# its name in a regular expression
linux="Linux ${release//+/\\+}"
# a kernel of this number, as far as programs can see
older() { setarch --uname-2.6 "$@"; }

plan 39
take_modules
check_that "make install, the variant" quiet make_install variant
check_that "virtio-vfio-pci loads" silent modprobe virtio-vfio-pci
check_that "virtio_pci is built in: modprobe has nothing to do" silent modprobe virtio_pci
modprobe -r virtio-vfio-pci

# headers missing
check_that "make: no headers" refuses "^check-kernel: no kernel build folder at /nowhere: install .* linux-headers-${release//+/\\+}\)" \
	scripts/build-modules /nowhere "$tmp/built"
check_that "make install: no headers" refuses "^check-kernel: no kernel build folder at /nowhere: install .* linux-headers-${release//+/\\+}\)" \
	scripts/install-modules /nowhere "$tmp/out" variant
file=$tree/updates/virtio-vfio-pci/variant/virtio-vfio-pci.ko
away "$file"
check_that "modprobe: not built, no headers" refuses \
	"^virtio-vfio-pci: not built for $linux, whose headers are missing: apt-get install linux-headers-${release//+/\\+}" \
	modprobe virtio-vfio-pci
ln -s "$(fake_kdir "$release")" "$tree/build"
check_that "modprobe: not built" refuses "^virtio-vfio-pci: not built for $linux: make && make install" modprobe virtio-vfio-pci
rm "$tree/build"

# a kernel that is too old
old=$(older uname -r)
mkdir "/lib/modules/$old"
older depmod 2>/dev/null
check_that "modprobe: a kernel that is too old" refuses "^virtio-vfio-pci: Linux ${old//+/\\+} is too old: 6.1 is the oldest .*, boot that" \
	older modprobe virtio-vfio-pci

# no vfio-pci-core
core=$(stock vfio-pci-core)
away "$core"
check_that "modprobe: no vfio-pci-core" refuses "^virtio-vfio-pci: $linux has no vfio-pci-core, .* CONFIG_VFIO_PCI=m" \
	modprobe virtio-vfio-pci
back "$file"
check_that "modprobe: no vfio-pci-core, but a module of ours" refuses \
	"^virtio-vfio-pci: $linux has no vfio-pci-core" modprobe virtio-vfio-pci
back "$core"
check_that "with both it loads again" silent modprobe virtio-vfio-pci
rmmod virtio-vfio-pci

# virtio_pci built in
check_that "make install: it is built in" refuses "^install-modules: $linux has virtio_pci built in: it cannot be replaced; leave the part virtio-pci out" \
	make_install virtio-pci

# the vDPA sets mixed: the kernel's own is loaded
modprobe vdpa
check_that "make install says that the kernel's own vdpa is loaded" says \
	"^install-modules: the vdpa that is loaded is the kernel's own, .* ours, .*: modprobe -r vdpa, or boot again" make_install vdpa
check_that "make does" says "^build-modules: the vdpa that is loaded is the kernel's own" build
check_that "modprobe does" refuses "^vhost_vdpa: the vdpa that is loaded is the kernel's own, .*: modprobe -r vdpa, or" modprobe vhost_vdpa
check_that "modprobe of one that needs another does" refuses "^vdpa_sim: the vdpa that is loaded is the kernel's own" \
	modprobe vdpa_sim_net
insmod "$(stock virtio_vdpa)"
check_that "it names those to unload first" refuses ": modprobe -r virtio_vdpa vdpa, or" modprobe vhost_vdpa
check_that "as it says: modprobe -r" modprobe -r virtio_vdpa vdpa
check_that "then ours load" silent modprobe -a vhost_vdpa virtio_vdpa vdpa_sim_net vdpa_sim_blk
check_that "make has nothing to say of it" eval 'build >"$tmp/log" && ! grep vDPA "$tmp/log"'

# ours is loaded
check_that "make uninstall says that ours is loaded" says "^install-modules: the vdpa that is loaded is ours, .* the kernel's own" \
	make_uninstall vdpa
check_that "and of modprobe's lines none is left" [ ! -e /etc/modprobe.d/virtio-vfio-pci-vdpa.conf ]
check_that "they go" unload
check_that "and the kernel's own load" silent modprobe vhost_vdpa
check_that "which go as well" unload

# half of ours is installed
quiet make_install vdpa
part=$tree/updates/virtio-vfio-pci/vdpa
away "$part/vhost_vdpa.ko"
away "$part/vdpa_sim_blk.ko"
mixed="the vDPA modules of $linux are mixed, vdpa vdpa_ring vdpa_sim .* being ours and vdpa_sim_blk vhost_vdpa not"
check_that "modprobe: half of ours is there" refuses "^vhost_vdpa: $mixed" modprobe vhost_vdpa
check_that "make: half of ours is there" says "^build-modules: $mixed, .*: put in all of ours" build
check_that "make install mends it" quiet make_install vdpa
check_that "all of it" eval '! scripts/mixed-vdpa "$release"'
unload
mkdir "$tree/updates/dkms"
cp "$part"/*.ko "$tree/updates/dkms/"
rm -r "${part%/*}/vdpa"
depmod
state() { (cd "$tree" && find updates modules.dep -type f -exec sha256sum {} + | sort); }
state >"$tmp/before"
# which of two in updates/ is taken is depmod's choice: it is told
mkdir -p /etc/depmod.d
echo "search updates/dkms updates built-in" >/etc/depmod.d/dkms.conf
check_that "make install: another copy of ours is preferred" refuses \
	"^install-modules: modprobe would take .*/updates/dkms/vdpa.ko for vdpa, not ours: remove that first .*; nothing was changed" \
	make_install vdpa
check_that "nothing was changed" eval 'state | cmp - "$tmp/before"'
rm -r /etc/depmod.d/dkms.conf "$tree/updates/dkms"
depmod

# a bus that is built in, and what stands on it is not
vdpa=$(stock vdpa)
away "$vdpa"
echo "${vdpa#"$tree/"}" >>"$tree/modules.builtin"
depmod
scripts/modprobe-conf "$PWD/scripts" vdpa_sim_net >/etc/modprobe.d/sim.conf
check_that "modprobe: the bus is built in" refuses "^vdpa_sim_net: $linux has its own vDPA bus built in, .* CONFIG_VDPA=m" \
	modprobe vdpa_sim_net
check_that "make install: it is built in" refuses "^install-modules: $linux has vdpa built in: it cannot be replaced; leave the part vdpa out" \
	make_install vdpa
rm /etc/modprobe.d/sim.conf
sed -i '$d' "$tree/modules.builtin"
back "$vdpa"

# signatures are wanted; there is no way back from here
make_install vdpa >"$tmp/log" 2>&1
echo 1 >/sys/module/module/parameters/sig_enforce
enforced="$linux has module.sig_enforce set and loads signed modules only: enrol a key with mokutil --import"
check_that "sig_enforce: make" says "^build-modules: $enforced" build
check_that "sig_enforce: make install" refuses "^install-modules: $enforced" make_install variant
check_that "sig_enforce: modprobe" refuses "^virtio-vfio-pci: $enforced" modprobe virtio-vfio-pci
check_that "sig_enforce: modprobe, vDPA" refuses "^vdpa: $enforced" modprobe vhost_vdpa
# signed by a key that the kernel does not take: the signature is another module's
foreign() {
	/usr/bin/python3 - "$(stock vfio)" "$file" <<-'END'
		import sys
		data = open(sys.argv[1], "rb").read()
		size = int.from_bytes(data[-32:-28], "big")
		open(sys.argv[2], "ab").write(data[-40 - size:])
	END
}
foreign
check_that "sig_enforce: modprobe, a key that is not enrolled" refuses \
	"^virtio-vfio-pci: $linux .* signed modules only: the key of .*, which has signed it, is not enrolled: mokutil --import" \
	modprobe virtio-vfio-pci
check_that "nothing stays loaded" eval '! loaded virtio_vfio_pci && ! loaded vdpa'
