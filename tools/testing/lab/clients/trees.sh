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
