#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: package-dkms
# about: the Debian packages in a fresh Debian 12 with two kernels: built, installed, booted, removed
# limit: 2400
# when: named
# where: host
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/root.sh

plan 49
root_open
old=$(root_releases | grep '^6\.1\.') new=$(root_releases | grep '^6\.12\.')

state() { (cd "$root/usr/lib/modules" && find . -type f -exec sha256sum {} + | sort); }
# module RELEASE NAME: which file modprobe would load there
module() { inside modinfo -k "$1" -n "$2" 2>&1; }
# what of virtio_pci is in the initramfs of a kernel
in_initramfs() { inside lsinitramfs "/boot/initrd.img-$1" | grep -o '[^/]*/[^/]*/virtio_pci\.ko'; }
install_package() { inside sh -c "dpkg -i /packages/$1_*.deb"; }
# a kernel is installed after the package: what its hooks do
hook() { inside "/etc/kernel/postinst.d/dkms-$1" "$2"; }
# built NAME RELEASE: and the hook says so; whatever happens, its status is 0
built() {
	hook "$1" "$2" >"$tmp/log" 2>&1
	[ "$(cat "$tmp/log")" = "$1: built for Linux $2" ] || { sed 's/^/# /' "$tmp/log"; return 1; }
}
# ours RELEASE NAME: the one that modprobe takes, compressed or not
ours() { [[ $(module "$1" "$2") == /lib/modules/$1/updates/dkms/$2.ko* ]] || { echo "# $(module "$1" "$2")"; return 1; }; }

# only what is tracked goes in: as from a fresh checkout
mkdir "$root/src" "$root/packages"
git ls-files -z | xargs -0 cp --parents -t "$root/src"
build_packages() { inside sh -c 'cd /src && dpkg-buildpackage -b -d -us -uc && mv ../virtio-* /packages/'; }
check_that "dpkg-buildpackage" quiet build_packages
packages="virtio-pci-admin-dkms virtio-pci-owner-dkms virtio-vfio-pci-dkms virtio-vfio-pci-vdpa-dkms"
check_that "four packages" [ "$(find "$root/packages" -name '*.deb' -printf '%f\n' | cut -d_ -f1 | sort | paste -sd ' ')" = "$packages" ]
has_tests() { inside sh -c 'for file in /packages/*.deb; do dpkg -c $file; done' | grep -E 'selftests|exercise|_test'; }
check_that "none has a module that is for tests" eval '! has_tests'
check_that "their dkms.conf have the package's version" [ "$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' \
	dkms.conf debian/*.dkms | sort -u)" = "$(sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog)" ]

state >"$tmp/stock"
initramfs=$(sha256sum <"$root/boot/initrd.img-$old")
check_that "the variant's package is installed" quiet install_package virtio-vfio-pci-dkms
for release in "$old" "$new"; do
	check_that "$release: the kernel's hook" built virtio-vfio-pci "$release"
	check_that "$release: virtio-vfio-pci" ours "$release" virtio-vfio-pci
done
check_that "$old: virtio_pci is the kernel's own" \
	[ "$(module "$old" virtio_pci)" = "/lib/modules/$old/kernel/drivers/virtio/virtio_pci.ko" ]
check_that "$new: virtio_pci is built in" [ "$(module "$new" virtio_pci)" = "(builtin)" ]
check_that "nothing of the kernels' own has changed" [ -z "$(state | grep '/kernel/' | comm -13 "$tmp/stock" -)" ]
check_that "nor the initramfs" [ "$initramfs" = "$(sha256sum <"$root/boot/initrd.img-$old")" ]

check_that "the package with virtio_pci says that it replaces" \
	grep -q 'REPLACES the kernel' debian/control
check_that "and is installed" quiet install_package virtio-pci-admin-dkms
check_that "$old: the kernel's hook" built virtio-pci-admin "$old"
check_that "$old: virtio_pci is ours" ours "$old" virtio_pci
check_that "$old: in the initramfs as well" [ "$(in_initramfs "$old")" = "updates/dkms/virtio_pci.ko" ]
check_that "$old: the variant gets what it calls from it" \
	[ "$(inside modprobe -S "$old" --ignore-install --show-depends virtio-vfio-pci | grep -c '/updates/dkms/')" = 2 ]
# left_alone PACKAGE RELEASE REASON: said in one line
left_alone() {
	hook "$1" "$2" >"$tmp/log" 2>&1
	[ "$(wc -l <"$tmp/log")" = 1 ] && grep -q "^$1: not built for Linux $2: $3" "$tmp/log" || { sed 's/^/# /' "$tmp/log"; return 1; }
}
check_that "$new: the kernel's hook leaves a kernel alone that has it built in" \
	left_alone virtio-pci-admin "$new" "its own virtio_pci is built in and stays"
check_that "$new: virtio_pci is built in" [ "$(module "$new" virtio_pci)" = "(builtin)" ]

replaces="$(sed -n 's/^Package: //p; s/.*\(REPLACES\|replaces nothing\).*/\1/p' debian/control | paste -sd ' ')"
check_that "each package says whether it replaces something" [ "$replaces" = "virtio-vfio-pci-dkms replaces nothing \
virtio-pci-admin-dkms REPLACES virtio-pci-owner-dkms replaces nothing virtio-vfio-pci-vdpa-dkms REPLACES" ]
check_that "the package with virtio_pci_owner is installed" quiet install_package virtio-pci-owner-dkms
check_that "$new: the kernel's hook" built virtio-pci-owner "$new"
check_that "$new: virtio_pci_owner" ours "$new" virtio_pci_owner
check_that "$old: the kernel's hook leaves a kernel alone whose virtio_pci is a module" \
	left_alone virtio-pci-owner "$old" "its own virtio_pci is a module"

vdpa="vdpa vdpa_ring vdpa_sim vdpa_sim_net vdpa_sim_blk vduse virtio_vdpa vhost_vdpa vp_vdpa ifcvf"
# all_vdpa RELEASE: the whole set is ours
all_vdpa() {
	local one
	for one in $vdpa; do
		ours "$1" "$one" || return 1
	done
}
# depends RELEASE MODULE: what modprobe would do for it; nothing is loaded
depends() { inside modprobe -S "$1" --show-depends "$2" 2>&1 | tail -n 1; }
check_that "the vDPA package is installed" quiet install_package virtio-vfio-pci-vdpa-dkms
for release in "$old" "$new"; do
	check_that "$release: the kernel's hook" built virtio-vfio-pci-vdpa "$release"
	check_that "$release: the vDPA set is ours" all_vdpa "$release"
	check_that "$release: modprobe says what is the matter with one of the kernel's" \
		eval "[[ \$(depends '$release' mlx5_vdpa) == 'install echo \"mlx5_vdpa is one of the kernel'* ]]"
done

# a folder that says of itself what an old kernel's headers would
old_kernel() {
	mkdir -p "$root/lib/modules/5.10.0-30-amd64/build/include/"{generated,config}
	touch "$root/lib/modules/5.10.0-30-amd64/build/Makefile"
	echo '#define UTS_RELEASE "5.10.0-30-amd64"' >"$root/lib/modules/5.10.0-30-amd64/build/include/generated/utsrelease.h"
	echo CONFIG_VFIO_PCI_CORE=m >"$root/lib/modules/5.10.0-30-amd64/build/include/config/auto.conf"
	echo CONFIG_VFIO_PCI_CORE=m >"$root/lib/modules/5.10.0-30-amd64/build/.config"
}
no_headers() { hook virtio-vfio-pci 6.9.9 | grep -q '^virtio-vfio-pci: not built for Linux 6.9.9 yet, its headers are missing: apt-get install'; }
refuses_old() { hook virtio-vfio-pci 5.10.0-30-amd64 >"$tmp/log" 2>&1; grep -q 'Linux 5.10.0-30-amd64 is too old: 6.1 is the oldest' "$tmp/log" || { sed 's/^/# /' "$tmp/log"; return 1; }; }
check_that "a kernel without headers: one line" no_headers
old_kernel
check_that "a kernel that is too old: one line, and no failure" refuses_old
check_that "nothing of it stays" [ -z "$(find "$root/lib/modules/5.10.0-30-amd64" -name '*.ko*')" ]
rm -r "$root/lib/modules/5.10.0-30-amd64"

# a machine provisioned as Documentation/packages.rst says
provision() {
	install -D -m 755 contrib/systemd/virtio-vfs -t "$root/usr/local/sbin/"
	install -D -m 644 contrib/systemd/virtio-vfs@.service -t "$root/etc/systemd/system/"
	install -D -m 644 contrib/udev/70-virtio-vfs.rules -t "$root/etc/udev/rules.d/"
	install -D -m 644 contrib/modprobe.d/virtio-vfio-pci.conf -t "$root/etc/modprobe.d/"
	mkdir -p "$root/etc/virtio-vfs"
	printf 'VFS=4\nDRIVER=virtio-vfio-pci\n' >"$root/etc/virtio-vfs/0000:01:00.0.conf"
	install -m 755 tools/testing/lab/scenarios/lib/provision_report.sh "$root/usr/local/sbin/report"
	printf '[Service]\nType=oneshot\nExecStart=/usr/local/sbin/report\n[Install]\nWantedBy=multi-user.target\n' \
		>"$root/etc/systemd/system/report.service"
	inside systemctl -q enable report.service
}
boots() { root_boot "$old" 600 && report '^end$' >/dev/null || { tail -n 30 "$tmp/console" "$tmp/report" | sed 's/^/# /'; return 1; }; }
report() { tr -d '\r' <"$tmp/report" | grep -E "$1"; }

provision
check_that "$old: the machine boots" boots
check_that "its disk and the PF are driven by our virtio_pci" \
	[ "$(report '^(virtio_pci|pf) ' | paste -sd ' ')" = \
	"virtio_pci $(inside modinfo -k "$old" -F srcversion virtio_pci) pf virtio-pci" ]
check_that "udev has started the PF's unit" [ "$(report '^unit ')" = "unit active" ]
check_that "its four VFs are bound to virtio-vfio-pci" \
	[ "$(report '^vf .* virtio-vfio-pci$' | wc -l) $(report '^vf ' | wc -l)" = "4 4" ]
check_that "stopping the unit takes them away" [ "$(report '^left ')" = "left 0" ]
check_that "asking for too many is refused in one line" \
	[ "$(report '^virtio-vfs: .*VFS=9' | grep -c 'but it has 8 at most')" = 1 ]
check_that "nothing complained" [ "$(report '^end$|BUG|WARNING|Call Trace|Oops')" = end ]
rm "$root/etc/modprobe.d/virtio-vfio-pci.conf"

# removed, not purged: nothing may be in the way after that either
remove_all() { inside sh -c "dpkg --remove $packages"; }
check_that "all are removed" quiet remove_all
check_that "modprobe has nothing to say of the kernel's own vDPA drivers" \
	eval "[[ \$(depends '$new' vduse) == insmod*/kernel/drivers/vdpa/vdpa_user/vduse.ko* ]]"
purge_all() { inside sh -c "dpkg --purge $packages"; }
check_that "and purged" quiet purge_all
state >"$tmp/after"
check_that "the modules are as they were" cmp "$tmp/stock" "$tmp/after"
check_that "the initramfs has the kernel's own virtio_pci" \
	[ "$(in_initramfs "$old")" = "drivers/virtio/virtio_pci.ko" ]
check_that "dkms knows nothing of them" [ -z "$(inside dkms status)" ]
