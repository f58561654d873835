# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154 # tmp is ktap.sh's
# One virtio device of each type at a known place, put to use, taken away and
# brought back. The scenarios virtio-devices-*.sh differ in how the devices are
# made; PARITY_DEVICES there has an address for each type.
# Needs: lib/ktap.sh.

pci=/sys/bus/pci/devices

# The virtio device of a PCI function: virtio3
virtio_of() { basename "$(readlink -f "$pci/$1"/virtio*)"; }

# kind_is ADDRESS modern|legacy: whose registers did the driver claim?
kind_is() {
	local claimed
	claimed=$(cat /proc/ioports /proc/iomem | awk -v at="$1" '
		{ depth = match($0, /[^ ]/) }
		$NF == at { inside = 1; outer = depth; next }
		inside && depth <= outer { inside = 0 }
		inside && /virtio-pci-/ { sub(/.*virtio-pci-/, ""); print }' | sort -u)
	[ "$claimed" = "$2" ] || { echo "# $1: registers claimed: $claimed"; return 1; }
}

# irqs_are ADDRESS msix|intx
irqs_are() {
	local found=msix
	[ -d "$pci/$1/msi_irqs" ] || found=intx
	[ "$found" = "$2" ] || { echo "# $1: interrupts: $found"; return 1; }
	grep -q "$(virtio_of "$1")" /proc/interrupts
}

# asked DEVICE QUESTION...: what its transport answers to the test module
# transport_exercise; fails when there is no answer
asked() {
	local fd status=0
	exec {fd}<>/sys/kernel/debug/transport_exercise
	{ echo "$*" >&"$fd"; } 2>"$tmp/asked" && cat <&"$fd" || status=1
	exec {fd}>&-
	return $status
}

disk_of() {
	local disk
	disk=$(find "$pci/$1/" -path '*/block/*' -name '[sv]d?' -printf '%f\n' -quit)
	[ -n "$disk" ] && [ -b "/dev/$disk" ] && echo "/dev/$disk"
}

use_disk() {
	local disk
	wait_for 20 disk_of "$1" || return 1
	disk=$(disk_of "$1")
	head -c 1M /dev/urandom >"$tmp/data"
	dd if="$tmp/data" of="$disk" bs=64k seek=16 oflag=direct status=none &&
		dd if="$disk" of="$tmp/back" bs=64k skip=16 count=16 iflag=direct status=none &&
		cmp "$tmp/data" "$tmp/back"
}
use_blk() { use_disk "$1"; }
use_scsi() { use_disk "$1"; }

# 10.0.2.2 is the emulator's own user network, which answers
use_net() {
	local name
	wait_for 20 test -e "$pci/$1"/virtio*/net || return 1
	udevadm settle --timeout=20
	name=$(basename "$pci/$1"/virtio*/net/*)
	ip address replace 10.0.2.15/24 dev "$name" && ip link set "$name" up &&
		wait_for 10 ping -c 1 -W 1 -I "$name" 10.0.2.2 &&
		ping -q -c 20 -i 0.05 -s 1400 -W 2 -I "$name" 10.0.2.2 >"$tmp/ping" &&
		ip address flush dev "$name"
}

balloon_is() {
	card qmp '{"execute":"query-balloon"}' | grep -q "\"actual\": *$1"
}

use_balloon() {
	local all=$((4 << 30)) less=$(((4 << 30) - (128 << 20)))
	modprobe virtio_balloon
	card qmp "{\"execute\":\"balloon\",\"arguments\":{\"value\":$less}}" >"$tmp/qmp" &&
		wait_for 100 balloon_is $less &&
		card qmp "{\"execute\":\"balloon\",\"arguments\":{\"value\":$all}}" >"$tmp/qmp" &&
		wait_for 100 balloon_is $all
}

use_rng() {
	local name rng=/sys/class/misc/hw_random
	wait_for 20 test -e "$pci/$1"/virtio*/driver || return 1
	# names are numbered in order of probing: ours is the last; newer kernels list "none" as well
	name=$(tr ' ' '\n' <"$rng/rng_available" | grep '^virtio_rng' | tail -n 1)
	echo "$name" >"$rng/rng_current"
	[ "$(timeout 20 head -c 64 /dev/hwrng | wc -c)" = 64 ]
}

# the device names its ports last: before that one may be there and cannot be opened
port_named() { grep -qx parity "$pci/$1"/virtio*/virtio-ports/*/name; }

# What is written into the port arrives in a buffer of the emulator
use_serial() {
	local port word=word-$RANDOM
	wait_for 20 port_named "$1" || return 1
	udevadm settle --timeout=20
	port=/dev/$(basename "$pci/$1"/virtio*/virtio-ports/*)
	echo $word >"$port"
	wait_for 10 ringbuf_has $word
}

ringbuf_has() {
	card qmp '{"execute":"ringbuf-read","arguments":{"device":"ring","size":4096}}' |
		grep -q "$1"
}

use_9p() {
	wait_for 20 test -e "$pci/$1"/virtio*/driver || return 1
	mkdir -p /mnt
	mount -t 9p -o trans=virtio,version=9p2000.L,ro parity /mnt || return 1
	find /mnt -type f -size -512k | head -n 5 | xargs -d '\n' cat >"$tmp/files"
	umount /mnt
	[ -s "$tmp/files" ]
}

take_away() {
	echo 1 >"$pci/$1/remove"
	[ ! -e "$pci/$1" ] && ! grep -q " $1\$" /proc/ioports /proc/iomem
}

bring_back() {
	echo 1 >/sys/bus/pci/rescan
	udevadm settle --timeout=20
	wait_for 20 test -e "$pci/$1/driver"
}

legacy_forced() { echo "$1" >/sys/module/virtio_pci/parameters/force_legacy; }
bound_again() {
	echo "$1" >/sys/bus/pci/drivers/virtio-pci/unbind &&
		echo "$1" >/sys/bus/pci/drivers/virtio-pci/bind && kind_is "$1" "$2"
}

# parity KIND IRQS [FORCED] TYPE=ADDRESS...; FORCED: the kind with force_legacy set
parity() {
	local kind=$1 irqs=$2 forced='' row type at
	shift 2
	[[ $1 = *=* ]] || { forced=$1; shift; }
	plan $((1 + $# * 6 + (${#forced} ? 2 * $# + 1 : 0)))
	check_that "virtio_pci is ours" [ -e /sys/module/virtio_pci/parameters/reset_timeout_ms ]
	for row in "$@"; do
		type=${row%=*} at=0000:00:${row#*=}.0
		check_that "$type: driven as $kind" kind_is "$at" "$kind"
		check_that "$type: in use" "use_$type" "$at"
		check_that "$type: interrupts by $irqs" irqs_are "$at" "$irqs"
		check_that "$type: taken away" take_away "$at"
		check_that "$type: brought back" bring_back "$at"
		check_that "$type: in use again" "use_$type" "$at"
	done
	[ -n "$forced" ] || return 0
	legacy_forced Y
	for row in "$@"; do
		type=${row%=*} at=0000:00:${row#*=}.0
		check_that "$type, force_legacy: driven as $forced" bound_again "$at" "$forced"
		check_that "$type, force_legacy: in use" "use_$type" "$at"
	done
	legacy_forced N
	check_that "without force_legacy as before" bound_again "$at" "$kind"
}
