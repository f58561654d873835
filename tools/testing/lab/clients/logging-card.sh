# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# On the outer machine: a VM with the disk of clients and a card that logs, two of whose VFs
# have one disk, as those of two hosts would.

shared=$(mktemp -d)
trap 'rm -rf "$shared"' EXIT

# logging_vm KERNEL LIMIT SCRIPT ARGUMENTS...
logging_vm() {
	local kernel=$1 limit=$2 disk n both=()
	shift 2
	disk=$(tools/testing/lab/clients/disk) || return 1
	truncate -s 256M "$shared/disk.img"
	# no locks: one of them at a time writes
	for n in 0 1; do
		both+=(-drive "if=none,id=both$n,file=$shared/disk.img,format=raw,file.locking=off")
	done
	LAB_MORE="-drive if=none,id=clients,file=$disk,format=raw,snapshot=on -device virtio-blk-pci,drive=clients,serial=lab-clients" \
	LAB_DEVICE="-netdev user,id=up0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=8,uplink=up0,dirty-log=112 ${both[*]} -device virtio-blk-pf,id=pf1,bus=rp1,vfs=2,drive=card0,vf-drives=both0:both1,dirty-log=112" \
		tools/testing/lab/lab run -k "$kernel" -t "$limit" -- bash "$@"
}
