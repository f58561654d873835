#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: lab-bad-input
# about: wrong names, a full disk, a dead network, a cut download: one clear line each
# when: full
# limit: 500
# where: host
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh

lab=$PWD/tools/testing/lab/lab
cache=${LAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/virtio-vfio-pci}
plan 20

# says TEXT LINE COMMAND...: it fails, at once, with this line last on stderr,
# and with nothing that looks like a trace
says() {
	local text=$1 line=$2 status=0
	shift 2
	timeout -k 5 60 "$@" >"$tmp/out" 2>"$tmp/log" </dev/null || status=$?
	if [ $status -eq 125 ] && tail -n 1 "$tmp/log" | grep -qE "^lab: $line" &&
	   ! grep -qE 'Traceback|line [0-9]+:' "$tmp/log"; then
		ok "$text"
	else
		not_ok "$text (status $status)"
		sed 's/^/# /' "$tmp/log"
	fi
}

says "an unknown kernel" 'unknown kernel 5.4; there are: 6.1 6.12 7.3 7.3-debug 7.3-built-in' "$lab" run -k 5.4 -- true
says "a folder that is not there" 'no folder /nowhere to share' "$lab" run -s /nowhere -- true
says "a limit that is no number" '-t takes a number of seconds, not soon' "$lab" run -t soon -- true
says "an option without its value" '-k takes a kernel' "$lab" run -k
says "an unknown option" 'unknown option -z; lab help' "$lab" run -z
says "an unknown subcommand" 'unknown command bake; lab help' "$lab" bake
says "an emulator that is not there" 'LAB_QEMU=/nowhere/qemu is not a program' \
	env LAB_QEMU=/nowhere/qemu "$lab" run -- true
says "modules that are not there" 'LAB_MODULES=/nowhere is not a folder' \
	env LAB_MODULES=/nowhere "$lab" run -- true
# a tree in which nothing was built
mkdir "$tmp/tree"
cp -r tools "$tmp/tree/"
says "modules that are not built" \
	'no modules of ours are built for 6.1.*: make KDIR=.*lab kdir 6.1. builds them, LAB_MODULES=none' \
	"$tmp/tree/tools/testing/lab/lab" run -- true
says "a device the emulator does not know" 'the emulator ended: .*no-such-device' \
	env LAB_DEVICE='-device no-such-device' "$lab" run -- true
says "a cache folder that cannot be made" 'cannot write to the cache folder /proc/cache' \
	env LAB_CACHE=/proc/cache "$lab" setup 6.1
says "a terminal that is none" 'lab shell wants a terminal' "$lab" shell

# Nobody's user namespace, and a package manager that knows of no package.
mkdir "$tmp/user" "$tmp/dpkg"
if unshare -U true 2>"$tmp/log"; then
	says "packages missing, and not root" \
		'cannot install them: not root. Run: apt-get install .*qemu-utils' \
		env DPKG_ADMINDIR="$tmp/dpkg" LAB_CACHE="$tmp/user" unshare -U "$lab" setup 6.1
else
	skip "packages missing, and not root" "no user namespace: $(cat "$tmp/log")"
fi

# No network: an empty cache, a proxy where nobody listens.
mkdir "$tmp/offline"
says "no network" 'reading package lists: failed: .*(connect|proxy).*run this again' \
	env LAB_CACHE="$tmp/offline" http_proxy=http://127.0.0.1:9 \
	https_proxy=http://127.0.0.1:9 "$lab" setup 6.1
check_that "which is said once" [ "$(grep -c failed "$tmp/log")" = 1 ]

# No space: a file system of 64 MiB.
mkdir "$tmp/small"
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=64m small "$tmp/small" 2>"$tmp/log"; then
	at_end() { umount -l "$tmp/small"; }
	says "no space left" "no space left in $tmp/small for .* MiB free, .* needed" \
		env LAB_CACHE="$tmp/small" LAB_QEMU=/bin/true "$lab" setup 6.1
else
	skip "no space left" "a small file system cannot be mounted: $(cat "$tmp/log")"
fi

# A download cut off in its middle, then the same again.
cut_download() {
	local _
	mkdir "$tmp/cut"
	ln -s "$cache/image" "$tmp/cut/image"
	LAB_CACHE=$tmp/cut LAB_QEMU=/bin/true setsid "$lab" setup 6.1 >"$tmp/log" 2>&1 &
	for _ in $(seq 300); do
		[ -z "$(find "$tmp/cut/debs" -name 'linux-image*' -size +0 2>/dev/null)" ] || break
		sleep 0.1
	done
	kill -KILL -- "-$!"
	wait $! 2>/dev/null && return 1
	[ -z "$(find "$tmp/cut/kernels" -path '*6.1*' -name release -not -path '*.new/*' 2>/dev/null)" ]
}
check_that "setup is killed while it downloads" cut_download
check_that "and the next one completes" env LAB_CACHE="$tmp/cut" LAB_QEMU=/bin/true \
	timeout 200 "$lab" setup 6.1 2>"$tmp/log"

# Ctrl-C in the middle: its own group, as a terminal has it.
interrupted_setup() {
	local _
	: >"$tmp/log"
	rm -rf "$tmp/cut"
	mkdir "$tmp/cut"
	ln -s "$cache/image" "$cache/apt" "$tmp/cut/"
	LAB_CACHE=$tmp/cut LAB_QEMU=/bin/true setsid env --default-signal=INT "$lab" setup 6.1 \
		>"$tmp/log" 2>&1 &
	for _ in $(seq 300); do
		! grep -q 'fetching kernel' "$tmp/log" || break
		sleep 0.1
	done
	sleep 1
	kill -INT -- "-$!"
	status=0
	wait $! || status=$?
	[ $status -eq 130 ] || { sed 's/^/# /' "$tmp/log"; return 1; }
}
check_that "Ctrl-C ends a setup with 130" interrupted_setup
check_that "and one line says so" \
	[ "$(tail -n 1 "$tmp/log")" = "lab: interrupted; the next setup goes on from here" ]
