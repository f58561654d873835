#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: kernel-lockdown
# about: a locked-down kernel (Secure Boot): make, make install and modprobe each say so in one line
# when: full
# limit: 120
# where: vm
# kernel: 6.1
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/refuse.sh

plan 13
check_that "our module is not signed" [ -z "$(modinfo -F signer virtio-vfio-pci)" ]
take_modules
check_that "before: make install works" says "virtio-vfio-pci: installed" make_install variant
check_that "before: make has nothing to say of signatures" eval 'build >"$tmp/log" && ! grep "signed modules" "$tmp/log"'
check_that "modprobe of the module that is for a built-in virtio_pci says which it is here" refuses \
	"^virtio_pci_owner: it is for kernels that have virtio_pci built in, .* have ours in its place \(make install PARTS=virtio-pci" \
	eval 'scripts/modprobe-conf "$PWD/scripts" virtio_pci_owner >/etc/modprobe.d/owner.conf; modprobe virtio_pci_owner'
mount -t securityfs securityfs /sys/kernel/security
echo integrity >/sys/kernel/security/lockdown
check_that "the kernel is locked down" grep -q '\[integrity\]' /sys/kernel/security/lockdown
line="Linux $release is locked down \(Secure Boot\) and loads signed modules only: enrol a key with mokutil --import"
check_that "make says so in one line" says "^build-modules: $line" build
check_that "make for another kernel does not" eval '! scripts/wants-signature 6.6.6'
check_that "modprobe refuses, and says so in one line" refuses "^virtio-vfio-pci: $line" modprobe virtio-vfio-pci
check_that "and the kernel's log says why" eval 'dmesg | grep -q "Lockdown: modprobe: unsigned module loading is restricted"'
check_that "nothing of it stays" eval '! loaded virtio_vfio_pci'
make_uninstall variant >"$tmp/log"
check_that "make install refuses, and says so in one line" refuses "^install-modules: $line" make_install variant
check_that "and has installed nothing" [ ! -e "$tree/updates/virtio-vfio-pci" ]
check_that "nor told modprobe of it" [ -z "$(ls /etc/modprobe.d/virtio-vfio-pci* 2>/dev/null)" ]
