#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-ifcvf
# about: IFC functions under ifcvf: a disk in the hands of a process, suspended and moved in its ring; the host's network; functions that do not answer
# limit: 300
# where: vm
# kernel: 6.1
# device: -netdev user,id=up0 -device ifc-net,id=ifc0,bus=rp0,netdev=up0 -device ifc-blk,id=ifc1,bus=rp1,drive=card0 -device ifc-blk,id=ifc2,bus=rp2,drive=card1,vectors=1
# when: full
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vfio.sh
. tools/testing/lab/scenarios/lib/vp.sh

tests=/lab/out/selftests/vdpa
timeout_ms=/sys/module/vp_vdpa/parameters/reset_timeout_ms
# the common configuration's status, and the vector of a selected queue
mute='common+20/1=15' no_vector='queue0+26/2=0xffff'

# ifc_with SUBSYSTEM: the functions, by their subsystem id
ifc_with() {
	local function
	for function in /sys/bus/pci/devices/*; do
		[ "$(cat "$function"/subsystem_{vendor,device} | paste -sd ' ')" = "0x8086 $1" ] || continue
		basename "$function"
	done
}
ends() { timeout $((60 * ktap_patience)) "$@"; }
added() { ends vdpa dev add name vptest mgmtdev "pci/$1" && bound vptest vhost_vdpa && wait_for 10 node; }
node() { compgen -G "/sys/bus/vdpa/devices/vptest/vhost-vdpa-*"; }
open_it() { ends dd if="/dev/$(basename "$(node)")" count=0 status=none; }
has_id() { modinfo -F alias ifcvf | grep -q "^pci:v00001AF4d0000$1sv00008086sd0000$2"; }
said() { dmesg | grep -q "$1"; }

start
vdpa_load vhost_vdpa ifcvf
check_that "its ids are Intel's" eval 'has_id 1041 001A && has_id 1000 0001 && has_id 1001 0002'
net=$(ifc_with 0x001a) blk=$(ifc_with 0x0002 | head -n 1) single=$(ifc_with 0x0002 | tail -n 1)
check_that "the NIC is ifcvf's" give_to ifcvf "$net"
check_that "the disk is ifcvf's" give_to ifcvf "$blk"
check_that "both are management devices" eval 'says "pci/$net:" vdpa mgmtdev show && says "pci/$blk:" vdpa mgmtdev show'

check_that "its device" added "$blk"
check_that "a function has one device" fails "as many devices as it can have" vdpa dev add name other mgmtdev "pci/$blk"
results_of "by its registers" $tests/vp_state_test
results_of "as a disk" $tests/vp_test the_disk_works a_kick_before_it_starts_is_not_lost \
	a_queue_is_enabled_after_it_starts what_is_needed_must_be_accepted \
	memory_that_is_not_mapped_is_not_reached a_bad_ring_needs_a_reset again_and_again
check_that "interrupts have its name, and no newline" [ "$(grep -cE "ifcvf-$blk-(0|config)\$" /proc/interrupts)" = 2 ]

# a queue's vector is refused at DRIVER_OK
card set ifc1 lies "$no_vector"
check_that "no vector: it does not start" eval '! $tests/vp_test the_disk_works >"$tmp/test" 2>&1'
check_that "and the log says so" said "vptest: queue 0: device refused MSI-X vector"
card set ifc1 lies ''
results_of "with a vector" $tests/vp_test the_disk_works

# a queue that does not stop
echo 500 >$timeout_ms
results_of "it does not stop" $tests/vp_stuck_test
check_that "and the log says so" said "vptest: .*does not stop its queues"
results_of "after that" $tests/vp_state_test after_a_reset_it_goes_on_in_the_ring

# a reset that does not end
card set ifc1 lies "$mute"
check_that "mute: opening it fails" fails "" open_it
check_that "mute: it is deleted all the same" ends vdpa dev del vptest
card set ifc1 lies ''
check_that "it answers again: it is added" added "$blk"
results_of "again" $tests/vp_state_test suspended_it_has_a_place

# one vector for queues and configuration: a reset waits for its handler too
check_that "the disk is deleted" vdpa dev del vptest
check_that "a disk with one vector is ifcvf's" give_to ifcvf "$single"
check_that "its device, with one interrupt for all" eval 'added "$single" && [ "$(grep -c "ifcvf-$single-" /proc/interrupts)" = 1 ] && grep -q "ifcvf-$single-all\$" /proc/interrupts'
results_of "one vector" $tests/vp_test the_disk_works again_and_again
results_of "one vector" $tests/vp_state_test suspended_it_has_a_place after_a_reset_it_goes_on_in_the_ring
check_that "it is unbound" unbind "$single"
check_that "the other disk again" added "$blk"

# the NIC, by the kernel's driver; no control queue unless it is asked for
vdpa_load virtio_vdpa
check_that "the NIC" vdpa dev add name n0 mgmtdev "pci/$net"
bound n0 virtio_vdpa
check_that "its interface" into_ns n0 10.0.2.21
check_that "ping" wait_for 20 in_ns n0 ping -c 3 -i 0.2 -W 2 10.0.2.2
check_that "kicks and interrupts are counted" eval '[ "$(stat_of n0 1 kicks)" -gt 2 ] && [ "$(stat_of n0 0 interrupts)" -gt 2 ]'
check_that "its configuration" says "$(in_ns n0 cat /sys/class/net/eth9/address)" vdpa dev config show n0
# a driver's features are both words of the register: bit 0 is not offered
check_that "its driver's features" eval 'vdpa dev config show n0 | grep negotiated_features >"$tmp/features" &&
	grep -qw MAC "$tmp/features" && grep -qw VERSION_1 "$tmp/features" && ! grep -qw CSUM "$tmp/features"'
check_that "it has two queues" [ "$(grep -c "ifcvf-$net-" /proc/interrupts)" = 3 ]

# it is pulled while a process has it open
exec 7<>"/dev/$(basename "$(node)")"
check_that "the disk is unbound while it is open" unbind "$blk"
exec 7>&-
ip netns delete n0
check_that "the NIC is unbound" unbind "$net"
check_that "no interrupt and no page is left" eval '! grep -q ifcvf- /proc/interrupts && nothing_pinned'
rmmod ifcvf vp_vdpa virtio_vdpa vhost_vdpa vdpa
finish
