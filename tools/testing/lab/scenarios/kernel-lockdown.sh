#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: kernel-lockdown
# about: a locked-down kernel (Secure Boot): make install and modprobe each say so in one line
# limit: 120
# where: vm
# kernel: 6.1
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh

release=$(uname -r)
modules=$(dirname "$(modinfo -n virtio-vfio-pci)")

# what make install looks at of the headers, which the VM has not
mkdir -p "$tmp/kdir/include/generated" "$tmp/kdir/include/config" "$tmp/out/modules"
touch "$tmp/kdir/Makefile"
echo "#define UTS_RELEASE \"$release\"" >"$tmp/kdir/include/generated/utsrelease.h"
echo CONFIG_VFIO_PCI_CORE=m >"$tmp/kdir/include/config/auto.conf"
ln -s "$modules" "$tmp/out/modules/$release"
make_install() { scripts/install-modules "$tmp/kdir" "$tmp/out" variant; }
one_line() { [ "$(wc -l <"$tmp/log")" = 1 ] && grep -qE "$1" "$tmp/log" || { sed 's/^/# /' "$tmp/log"; return 1; }; }

plan 12
check_that "our module is not signed" [ -z "$(modinfo -F signer virtio-vfio-pci)" ]
check_that "make has nothing to say of signatures" eval '! scripts/wants-signature "$release"'
mount -t securityfs securityfs /sys/kernel/security
echo integrity >/sys/kernel/security/lockdown
check_that "the kernel is locked down" grep -q '\[integrity\]' /sys/kernel/security/lockdown
check_that "make says so" eval 'scripts/wants-signature "$release" >"$tmp/log"'
check_that "in one line" one_line "Linux $release is locked down .* signed modules only: enrol a key"
check_that "make for another kernel does not" eval '! scripts/wants-signature 6.6.6'
check_that "make install refuses" eval '! make_install 2>"$tmp/log"'
check_that "in one line that says what to do" one_line 'locked down .* signed modules only: enrol a key'
check_that "and has installed nothing" [ ! -e "/lib/modules/$release/updates/virtio-vfio-pci" ]
check_that "modprobe refuses" eval '! modprobe virtio-vfio-pci 2>"$tmp/log"'
check_that "in one line" one_line "could not insert 'virtio_vfio_pci': (Operation not permitted|Key was rejected)"
check_that "and the kernel's log says why" eval 'dmesg | grep -q "Lockdown: modprobe: unsigned module loading is restricted"'
