#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: lab-clean
# about: setup from nothing and a run, with all but the cache and out/ read-only
# limit: 400
# where: host
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh

if [ "$(id -u)" != 0 ]; then
	echo "1..0 # SKIP a read-only view of the machine takes root (mount)"
	exit 0
fi
plan 3
lab=$PWD/tools/testing/lab/lab
cache=${LAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/virtio-vfio-pci}
qemu=${LAB_QEMU:-$(command -v qemu-system-x86_64)}
own=$cache/clean-test
mkdir -p out/lab "$own"
trap 'rm -rf --one-file-system "$tmp" "$own"' EXIT

# read_only COMMAND...: in a mount namespace where only $own and out/ can be written
read_only() {
	unshare --mount --propagation private bash -c '
		set -eu
		for place in "$1" "$2"; do mount --bind "$place" "$place"; done
		findmnt -rno TARGET -t ext4,xfs,btrfs,overlay,tmpfs | grep -vxF -e "$1" -e "$2" |
			while read -r place; do
				case $place in /dev/* | /sys/* | /proc/* | /run/*) continue ;; esac
				mount -o remount,bind,ro "$place"
			done
		shift 2
		exec "$@"' - "$own" "$PWD/out" "$@" 2>"$tmp/log" ||
		{ sed 's/^/# /' "$tmp/log"; return 1; }
}

check_that "the view is read-only" read_only bash -c '! touch /etc/lab-clean /tmp/lab-clean 2>/dev/null'
export LAB_CACHE=$own LAB_QEMU=$qemu LAB_DEVICE=''
check_that "setup fetches and builds everything but the emulator" read_only "$lab" setup 6.1
check_that "and a run works" read_only timeout 100 "$lab" run -- true
