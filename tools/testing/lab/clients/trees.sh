# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# In the VM: the disk of clients, and what programs in its trees find beside it.

trees=/run/clients

enter_trees() {
	local tree part
	mkdir -p "$trees" && mount -o ro /dev/disk/by-id/virtio-lab-clients $trees || return 1
	for tree in "$trees"/*/bin; do
		for part in dev proc sys run tmp lab-out; do
			mount --rbind /$part "${tree%/bin}/$part" || return 1
		done
	done
}

# in_tree TREE COMMAND...
in_tree() { chroot "$trees/$1" "${@:2}"; }

# use_qemu own|TREE: guests get this release's QEMU, or a tree's
use_qemu() {
	unset GUEST_QEMU
	[ "$1" = own ] || export GUEST_QEMU="chroot $trees/$1 qemu-system-x86_64"
}
qemu_version() { ${GUEST_QEMU:-qemu-system-x86_64} --version | sed -n 's/.*version \([0-9]*\.[0-9]*\).*/\1/p'; }
