#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: package-refuse
# about: the Debian packages where they cannot work, or not yet: one line of each, and none half-installed
# limit: 1200
# when: named
# where: host
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/root.sh

packages="virtio-vfio-pci virtio-pci-admin virtio-pci-owner virtio-vfio-pci-vdpa"
build_packages() { inside sh -c 'cd /src && dpkg-buildpackage -b -d -us -uc && mv ../virtio-* /packages/'; }
hook() { inside "/etc/kernel/postinst.d/dkms-$1" "$2" >"$tmp/log" 2>&1; }
# shellcheck disable=SC2016
status_of() { inside dpkg-query -W -f '${db:Status-Status}' "$1-dkms"; }
# last_line NAME REGEX: what is said last of a package, in $tmp/log
last_line() { tail -n 1 "$tmp/log" | grep -qE "^$1: $2" || { tail -n 12 "$tmp/log" | sed 's/^/# /'; return 1; }; }
# only_line NAME REGEX: all that is said
only_line() { [ "$(wc -l <"$tmp/log")" = 1 ] && last_line "$@"; }

# fake RELEASE SYMBOL...: a kernel with such headers, which nothing can be built with
fake() {
	local build=$root/lib/modules/$1/build
	mkdir -p "$build/include/generated" "$build/include/config"
	touch "$build/Makefile"
	echo "#define UTS_RELEASE \"$1\"" >"$build/include/generated/utsrelease.h"
	printf 'CONFIG_%s\n' "${@:2}" | tee "$build/include/config/auto.conf" >"$build/.config"
}

# left_out RELEASE NAME REGEX: the package is installed and says why there is no module;
# so does the hook, and dkms when it is told by hand; nothing of it is in the kernel's tree
left_out() {
	local release=$1 name=$2 line="not built for Linux $1: $3"
	state >"$tmp/state"
	check_that "$release, $name: dpkg -i" quiet inside sh -c "dpkg -i /packages/${name}-dkms_*.deb"
	check_that "$release, $name: says why" last_line "$name" "$line"
	check_that "$release, $name: the package is installed, not half" [ "$(status_of "$name")" = installed ]
	check_that "$release, $name: the hook says so too" eval 'hook "$name" "$release" && only_line "$name" "$line"'
	check_that "$release, $name: dkms by hand" by_hand "$name" "$release" "$line"
	check_that "$release, $name: it goes" quiet inside dpkg --purge "$name-dkms"
	check_that "$release, $name: nothing stays" eval 'state | cmp - "$tmp/state"'
}
by_hand() {
	! inside dkms install -m "$1" -v 0.1 -k "$2" >"$tmp/log" 2>&1 || return 1
	[ "$(grep -cE "^$1: $3" "$tmp/log")" = 1 ] || { sed 's/^/# /' "$tmp/log"; return 1; }
}
state() {
	(cd "$root" && find lib/modules/ var/lib/dkms usr/src etc/modprobe.d usr/lib/modprobe.d etc/kernel \
		! -path '*linux-*' ! -name 'mok.*' | sort)
}

plan 97
root_open
real=$(root_releases | grep '^6\.12\.')
mkdir "$root/src" "$root/packages"
git ls-files -z | xargs -0 cp --parents -t "$root/src"
check_that "the packages are built" quiet build_packages
mkdir "$tmp/aside"
mv "$root/usr/lib/modules/$real" "$tmp/aside/"
rm -rf "$root"/usr/lib/modules/*

too_old="Linux 5.10.0-30-amd64 is too old: 6.1 is the oldest .*, boot that or a later one"
fake 5.10.0-30-amd64 VFIO_PCI_CORE=m
for name in $packages; do
	left_out 5.10.0-30-amd64 "$name" "$too_old"
done
rm -r "$root/lib/modules/5.10.0-30-amd64"

fake 6.6.1 PCI=y
for name in $packages; do
	left_out 6.6.1 "$name" "Linux 6.6.1 has no vfio-pci-core, .* take a kernel with CONFIG_VFIO_PCI=m"
done
rm -r "$root/lib/modules/6.6.1"

fake 6.6.2 VFIO_PCI_CORE=m VIRTIO_PCI=y VDPA=y
left_out 6.6.2 virtio-pci-admin "its own virtio_pci is built in and stays; virtio-pci-owner-dkms has one to stand beside it"
left_out 6.6.2 virtio-vfio-pci-vdpa "its own vDPA bus is built in and stays; take a kernel with CONFIG_VDPA=m"
rm -r "$root/lib/modules/6.6.2"

fake 6.6.3 VFIO_PCI_CORE=m VIRTIO_PCI=m
left_out 6.6.3 virtio-pci-owner "its own virtio_pci is a module; virtio-pci-admin-dkms has the one to take its place"
rm -r "$root/lib/modules/6.6.3"

mkdir "$root/lib/modules/6.6.4"
check_that "no headers: dpkg -i" quiet inside sh -c 'dpkg -i /packages/virtio-vfio-pci-dkms_*.deb'
missing="not built for Linux 6.6.4 yet, its headers are missing: apt-get install linux-headers-6.6.4"
check_that "no headers: says what to do" last_line virtio-vfio-pci "$missing"
check_that "no headers: installed" [ "$(status_of virtio-vfio-pci)" = installed ]
check_that "no headers: so does the hook" eval 'hook virtio-vfio-pci 6.6.4 && only_line virtio-vfio-pci "$missing"'
rm -r "$root/lib/modules/6.6.4"

# a real kernel, and one that runs which wants signatures
mv "$tmp/aside/$real" "$root/usr/lib/modules/"
running="Linux $(uname -r)"
strict() {
	mkdir -p "$tmp/security"
	echo 'none [integrity] confidentiality' >"$tmp/security/lockdown"
	mount --bind "$tmp/security" "$root/sys/kernel/security"
}
lenient() { umount "$root/sys/kernel/security"; }
mokutil_says() {
	printf '#!/bin/sh\necho "$2 is %s enrolled"\n' "$1" >"$root/usr/bin/mokutil"
	chmod +x "$root/usr/bin/mokutil"
}
built="built for Linux ${real//+/\\+}"
# says NAME REGEX: the hook, on the real one, and nothing else
says() { hook "$1" "$real" && only_line "$@"; }
check_that "a real kernel: the hook" says virtio-vfio-pci "$built\$"
strict
enrol="$built, but ${running//+/\\+} is locked down .* signed modules only: enrol dkms's key with mokutil --import /var/lib/dkms/mok.pub, then boot"
check_that "lockdown: the hook says what key to enrol" says virtio-vfio-pci "$enrol"
check_that "lockdown: the key is there" [ -s "$root/var/lib/dkms/mok.pub" ]
check_that "lockdown: and the module is signed with it" [ "$(inside modinfo -k "$real" -F signer virtio-vfio-pci)" = "DKMS module signing key" ]
mokutil_says "not"
check_that "lockdown: the key is not enrolled" says virtio-vfio-pci "$enrol"
mokutil_says "already"
check_that "lockdown: the key is enrolled: nothing to do" says virtio-vfio-pci "$built\$"
mv "$root/var/lib/dkms/mok.pub" "$tmp/"
check_that "lockdown: there is no key" says virtio-vfio-pci "$built, but .*: dkms had no openssl"
lenient
rm "$root/usr/bin/mokutil"
why=$(sed -n 's/.*|| { \([^ ]*\) .*/\1/p' "$root/usr/lib/modprobe.d/virtio-vfio-pci-why.conf")
check_that "modprobe asks a program that is there" [ -x "$root$why" ]
check_that "and is not told of virtio_pci" eval '! grep -rl "^install virtio[-_]pci " "$root/usr/lib/modprobe.d"'
check_that "vDPA: dpkg -i" quiet inside sh -c 'dpkg -i /packages/virtio-vfio-pci-vdpa-dkms_*.deb'
check_that "vDPA: says that it is built" last_line virtio-vfio-pci-vdpa "$built\$"
rm "$root/usr/lib/modules/$real/updates/dkms/vhost_vdpa.ko"*
inside depmod "$real"
check_that "vDPA: one of the set is lost, and the kernel's own in its place" says virtio-vfio-pci-vdpa \
	"$built, but the vDPA modules of .* are mixed, .* and vhost_vdpa not, .*: put in all of ours"
check_that "vDPA: it goes" quiet inside dpkg --purge virtio-vfio-pci-vdpa-dkms
check_that "all goes" quiet inside dpkg --purge virtio-vfio-pci-dkms
check_that "and modprobe's lines with it" [ ! -e "$root/usr/lib/modprobe.d/virtio-vfio-pci-why.conf" ]
