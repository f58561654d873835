# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034  # lab is for those who read this
# shellcheck disable=SC2154  # tmp is ktap.sh's
# A view of the machine in which only a cache folder of the scenario's own and
# out/ can be written. Needs lib/ktap.sh; the scenario is in the top folder.

if [ "$(id -u)" != 0 ]; then
	echo "1..0 # SKIP a read-only view of the machine takes root (mount)"
	exit 0
fi
lab=$PWD/tools/testing/lab/lab
cache=${LAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/virtio-vfio-pci}
own=$cache/$(basename "$0" .sh)-test
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
