#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: guest-boot
# about: a nested guest boots, legacy or modern, on QEMU's own virtio-net; its launcher ends well
# limit: 900
# where: vm
# kernel: 6.1
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh

emulated=(--extra "-netdev user,id=n0 -device virtio-net-pci,netdev=n0")
boot_limit=30

# no QEMU of ours is left
none_left() { ! pgrep -x qemu-system-x86 >/dev/null; }

# says TEXT ARGUMENTS...: the launcher refuses with one line that has TEXT in it
says() {
	local text=$1
	shift
	"$GUEST" "$@" </dev/null >"$tmp/says" 2>&1
	[ $? -eq 125 ] && [ "$(wc -l <"$tmp/says")" = 1 ] && grep -q "$text" "$tmp/says" ||
		{ sed 's/^/# /' "$tmp/says"; return 1; }
}

# while a guest waits for actions: the signal ends it and QEMU
ended_by() {
	local pid
	guest_start "signal-$1" "${emulated[@]}" || return 1
	pid=${guest_pid[signal-$1]}
	kill -s "$1" "$pid"
	wait "$pid"
	[ $? -eq "$2" ] && none_left
}

plan 14
check_that "a legacy guest runs" guest legacy --legacy "${emulated[@]}" -- \
	pci virtio net=eth0,dhcp ping=10.0.2.2
took=$(field legacy boot ms | head -n 1)
if [ "${took:-0}" -gt $((boot_limit * 1000)) ] && [ "${LAB_LOAD:-0}" -gt 2 ]; then
	skip "its init was there within $boot_limit s" "took $took ms on a busy machine (load $LAB_LOAD)"
else
	check_that "its init was there within $boot_limit s: $took ms" \
		[ "${took:-999999}" -le $((boot_limit * 1000)) ]
fi
check_that "its device is transitional, with I/O ports" \
	[ -n "$(field legacy pci io '"id":"1af4:1000"')" ]
check_that "its driver took the legacy way: the ports are virtio-pci-legacy's" \
	[ "$(field legacy virtio ports_owner)" = virtio-pci-legacy ]
check_that "and no feature bit from 32 on is set" [ "$(field legacy virtio features_from_32)" = 0 ]
check_that "a modern guest runs from the same image" guest modern --modern "${emulated[@]}" -- \
	virtio net=eth0,dhcp ping=10.0.2.2
check_that "its driver took the modern way" [ "$(field modern virtio way)" = modern ]
check_that "an action that fails fails the run" \
	[ "$("$GUEST" --name fails "${emulated[@]}" -- absent=/proc,1 nonsense >"$tmp/out" 2>&1; echo $?)" = 1 ]
check_that "a guest that crashes is found out" \
	[ "$("$GUEST" --folder "$tmp" "${emulated[@]}" -- crash >"$tmp/out" 2>&1; echo $?)" = 3 ]
check_that "Ctrl-C ends the guest and its QEMU" ended_by INT 130
check_that "SIGTERM as well" ended_by TERM 143
check_that "a function that is not there: one line" says "no PCI function 0000:00:1d.7" --vf 00:1d.7
check_that "a function of another driver: one line" says "not to a vfio driver" --vf "${PF[rp0]}"
modprobe -r kvm_amd
check_that "without nested KVM: one line" says "no nested KVM here" "${emulated[@]}"
