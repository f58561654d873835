#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: guest-bios
# about: firmware that polls a VF with an interrupt pin: SeaBIOS starts a boot sector, iPXE's ROM gets an address
# when: full
# limit: 600
# where: vm
# kernel: 6.1
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh

seconds=$((120 * slower))
count=8		# sectors that are copied, from the second one on to the 16th

# on_disk COMMAND...: with the VF's disk as $disk, driven by the host itself
on_disk() {
	local status
	give_to virtio-pci "$blk" || return 1
	udevadm settle --timeout=30
	disk=/dev/$(basename "/sys/bus/pci/devices/$blk"/virtio*/block/*)
	"$@"
	status=$?
	give_to "$VF_DRIVER" "$blk" && return $status
}

# What is copied by INT 13h, then the machine is reset:
#	xor ax, ax; mov es, ax; mov bx, 0x8000
#	mov ax, 0x0208; mov cx, 2; mov dh, 0; int 0x13; jc end
#	mov ax, 0x0308; mov cx, 16; int 0x13; jc end
#	mov al, 0xfe; out 0x64, al
# end:	hlt; jmp end
boot_sector() {
	printf '\x31\xc0\x8e\xc0\xbb\x00\x80'
	printf '\xb8\x08\x02\xb9\x02\x00\xb6\x00\xcd\x13\x72\x0e'
	printf '\xb8\x08\x03\xb9\x10\x00\xcd\x13\x72\x04'
	printf '\xb0\xfe\xe6\x64\xf4\xeb\xfd'
}

fill() {
	head -c $((512 * count)) /dev/urandom >"$tmp/in.bin"
	{ boot_sector; head -c 512 /dev/zero; } | head -c 510 >"$tmp/boot.bin"
	printf '\x55\xaa' >>"$tmp/boot.bin"
	cat "$tmp/boot.bin" "$tmp/in.bin" | dd of="$disk" conv=fsync status=none &&
		dd if=/dev/zero of="$disk" seek=15 count=$count conv=fsync status=none
}
take_out() { dd if="$disk" of="$tmp/out.bin" skip=15 count=$count iflag=direct status=none; }

console() { tr -d '\000\r' <"$1" | sed 's/\x1b\[[0-9;]*[A-Za-z]//g'; }
# which interface it took is in Documentation/guests.rst
notified() {
	local modern legacy
	modern=$(card_count "$1" 0 notifies modern) legacy=$(card_count "$1" 0 notifies member)
	echo "# $modern modern notifications, $legacy legacy ones"
	[ $((modern + legacy)) -ge "$2" ]
}

# iPXE does not end: nobody offers it anything to boot
gets_address() {
	local pid ok=1 log=/lab-out/guest-ipxe.log
	# not by a function: a signal is for the program
	tools/testing/lab/guest/firmware --bios $log $seconds "$net" &
	pid=$!
	while kill -0 $pid 2>"$tmp/gone"; do
		if [ -e $log ] && console $log | grep -q '^net0: 10\.0\.2\.[0-9]*/'; then
			ok=0
			break
		fi
		sleep 1
	done
	kill $pid 2>"$tmp/gone"
	wait $pid
	console $log | grep -iE 'ipxe|net0' | sed 's/^/# /'
	return $ok
}

plan 8
blk=$(vfs_for_guests rp1 1 "$VF_DRIVER")
net=$(vfs_for_guests rp0 1 "$VF_DRIVER")
pin() { [ "$(od -An -tu1 -j 61 -N 1 "/sys/bus/pci/devices/$1/config" | xargs)" = 0 ]; }
check_that "the VFs themselves have no pin" eval 'pin "$blk" && pin "$net"'
check_that "the host writes a boot sector to the block VF" on_disk fill
check_that "SeaBIOS starts it, and it resets the machine" \
	tools/testing/lab/guest/firmware --bios /lab-out/guest-seabios.log $seconds "$blk"
check_that "block: notifications" notified pf1 2
check_that "the host finds what it copied" eval 'on_disk take_out && cmp "$tmp/in.bin" "$tmp/out.bin"'
check_that "iPXE's ROM gets an address from the uplink" gets_address
check_that "net: notifications" notified pf0 2
check_that "nothing is left on the host" eval '! grep -q virtio-intx- /proc/interrupts'
