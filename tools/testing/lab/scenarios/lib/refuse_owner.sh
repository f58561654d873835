# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The part of kernel-refuse-owner inside the VM, whose virtio_pci is the kernel's own.
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/refuse.sh

plan 6
mkdir -p "$tmp/out/modules"
cp -r "out/modules/$release" "$tmp/out/modules/"
check_that "make install, the variant alone: it says what else is wanted" says \
	"does not load yet: the virtio_pci of $release lacks calls that it makes. Install ours as well: make install PARTS='variant virtio-pci'" \
	make_install variant
check_that "modprobe: so it is" refuses \
	"^virtio-vfio-pci: the virtio_pci of Linux $release lacks calls .*: put ours in its place .* and boot again" modprobe virtio-vfio-pci
check_that "make install, virtio_pci as well" says "virtio_pci: installed" make_install variant virtio-pci
check_that "modprobe: it takes another boot" refuses \
	"^virtio-vfio-pci: the virtio_pci that is loaded is the kernel's own, .*; ours is installed: boot again" modprobe virtio-vfio-pci
check_that "nothing stays loaded" eval '! loaded virtio_vfio_pci'
make_uninstall variant virtio-pci >"$tmp/log"
check_that "nor installed" [ -z "$(find "$tree/" /etc/modprobe.d /usr/local/lib -path '*updates*' -o -path '*/etc/*virtio*' -o -path '*/usr/*virtio*')" ]
