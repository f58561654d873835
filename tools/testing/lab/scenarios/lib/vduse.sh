# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154	# tmp is ktap.sh's
# Helpers for VDUSE scenarios, in the VM. Needs: lib/ktap.sh, lib/vdpa.sh.

# VDUSE's kernel part is ours, and the storage daemon an unchanged one: words, so that it may be
# that of a tree (clients/trees.sh)
qsd=qemu-storage-daemon

# has_open PROCESS FILE
has_open() { find "/proc/$1/fd" -lname "$2" | grep -q .; }

# qsd_start NAME FILE OPTIONS...: it serves FILE as VDUSE device NAME; its process in $qsd_pid
qsd_start() {
	local name=$1 file=$2
	shift 2
	$qsd --blockdev "driver=file,filename=$file,node-name=f0,cache.direct=off,discard=unmap" \
		--blockdev driver=raw,file=f0,node-name=d0,discard=unmap \
		--export "type=vduse-blk,id=e0,node-name=d0,writable=on,name=$name$(printf ',%s' "$@")" \
		>"$tmp/qsd-$name" 2>&1 &
	qsd_pid=$!
	wait_for 20 has_open "$qsd_pid" "*/dev/vduse/$name" || { sed 's/^/# /' "$tmp/qsd-$name"; return 1; }
}

# the daemon goes, and its device with it
qsd_end() {
	local status=0
	kill "$qsd_pid"
	wait "$qsd_pid" || status=$?
	[ $status = 0 ] || { echo "# the daemon ended with $status"; sed 's/^/# /' "$tmp/qsd-$1"; return 1; }
	[ ! -e "/dev/vduse/$1" ]
}

# vduse_disk NAME: it is on the bus, and a disk, whose node is in $disk
vduse_disk() {
	vdpa dev add name "$1" mgmtdev vduse && wait_for 20 disk_of "$1" || return 1
	# shellcheck disable=SC2034	# it is for scenarios
	disk=/dev/$(disk_of "$1")
	udevadm settle --timeout=30
}
