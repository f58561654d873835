#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In the VM, with the disk of clients: legacy guests without MSI-X in newer QEMUs.
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh
. tools/testing/lab/scenarios/lib/guest_intx.sh
. tools/testing/lab/clients/trees.sh

plan $((1 + 6 * 6))
check_that "the disk of clients" enter_trees
net=$(vfs_for_guests rp0 1 "$VF_DRIVER")
blk=$(vfs_for_guests rp1 1 "$VF_DRIVER")

# rows: tree, name, machine, options of the vfio-pci devices
while read -r tree name machine options; do
	use_qemu "$tree"
	guest_without_msix "$(qemu_version)-$name" "$machine" "$options"
done <<'END'
trixie pc pc
trixie pc-split pc,kernel-irqchip=split
trixie q35 q35
trixie q35-split q35,kernel-irqchip=split
trixie by-ioctl q35 x-no-kvm-intx=on
trixie-backports q35 q35
END
