#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-vp-faults
# about: functions under vp_vdpa that do not answer, are gone, are reset by others or leave with their PF: bounded, nothing kept
# limit: 600
# where: vm
# kernel: 6.1
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

ends() { timeout $((60 * ktap_patience)) "$@"; }
add() { ends vdpa dev add name vptest mgmtdev "pci/$1" && bound vptest vhost_vdpa && wait_for 10 node; }
node() { compgen -G "/sys/bus/vdpa/devices/vptest/vhost-vdpa-*"; }
open_it() { ends dd if="/dev/$(basename "$(node)")" count=0 status=none; }
masters() { [ $((0x$(setpci -s "$1" COMMAND) & 4)) != 0 ]; }
said() { dmesg | grep -q "vp_vdpa $1: .*$2"; }


start
vdpa_load vhost_vdpa
pf=$(pf_of rp1)
check_that "the block PF itself is vp_vdpa's" eval 'modprobe vp_vdpa && give_to vp_vdpa "$pf"'
check_that "its device" add "$pf"
results_of "the PF's device" $tests/vp_test
check_that "names of interrupts have no newline" [ "$(grep -c "vp_vdpa-$pf-[0-9a-z]*$" /proc/interrupts)" -ge 2 ]

# a reset that does not end
echo 500 >$timeout_ms
card set pf1 lies "$mute"
check_that "mute: opening it fails" fails "" open_it
check_that "the log says why" said "$pf" \
	"device reset timed out after [0-9]* ms: bus mastering disabled"
check_that "it is no bus master any more" eval '! masters "$pf"'
check_that "mute: it is deleted all the same" ends vdpa dev del vptest
check_that "mute: it cannot be added" fails "timed out" ends vdpa dev add name vptest mgmtdev "pci/$pf"
card set pf1 lies ''
check_that "it answers again: it is added" add "$pf"
card set pf1 lies "$mute"
check_that "mute again" fails "" open_it
card set pf1 lies ''
check_that "a reset that ends brings it back" open_it
check_that "and it is bus master" masters "$pf"
results_of "after that" $tests/vp_test the_disk_works

# a queue's vector is refused at DRIVER_OK
card set pf1 lies "$no_vector"
check_that "no vector: it does not start" eval '! $tests/vp_test the_disk_works >"$tmp/test" 2>&1'
check_that "and the log says so" eval 'dmesg | grep -q "queue 0: device refused MSI-X vector"'
card set pf1 lies ''
results_of "with a vector" $tests/vp_test the_disk_works

# somebody else resets the function
exec 7<>"/dev/$(basename "$(node)")"
check_that "the function is reset by sysfs" eval 'echo 1 >"/sys/bus/pci/devices/$pf/reset"'
exec 7>&-
results_of "after its next reset" $tests/vp_test the_disk_works

# all ones
card faults pf1 'pf:gone'
check_that "gone: opening it fails" fails "" open_it
check_that "gone: it is deleted" ends vdpa dev del vptest
check_that "gone: it cannot be added" fails "" ends vdpa dev add name vptest mgmtdev "pci/$pf"
check_that "gone: unbound" unbind "$pf"
card faults pf1 ''

# the PF takes its VFs away while one is open, and driven
echo 10000 >$timeout_ms
vdpa_load virtio_vdpa
check_that "two VFs of the net PF" vp_vfs rp0 2
add "${vp_vfs[0]}"
vdpa dev add name n1 mgmtdev "pci/${vp_vfs[1]}"
check_that "one has a driver of the kernel" eval 'bound n1 virtio_vdpa && wait_for 20 netdev_of n1'
exec 7<>"/dev/$(basename "$(node)")"
check_that "the VFs go while a process has one open" eval 'echo 0 | ends tee "/sys/bus/pci/devices/$(pf_of rp0)/sriov_numvfs" >"$tmp/tee"'
check_that "with their devices" eval '! vdpa dev show vptest 2>"$tmp/show" && ! vdpa dev show n1 2>"$tmp/show"'
exec 7>&-
check_that "nothing stays pinned" nothing_pinned

# add and remove
check_that "a VF of the net PF again" vp_vfs rp0 1
rounds=$((100 / slower))
again() {
	local round
	for ((round = 0; round < rounds; round++)); do
		vdpa dev add name n0 mgmtdev "pci/${vp_vfs[0]}" && vdpa dev del n0 || return 1
	done
}
kernel_memory() { awk '/^SUnreclaim/ { print $2 }' /proc/meminfo; }
again
before=$(kernel_memory)
check_that "$rounds additions and removals" again
after=$(kernel_memory)
echo "# kernel memory: $before KiB before, $after KiB after"
check_that "leave nothing" [ "$after" -lt $((before + 1024)) ]
check_that "no interrupt is left" eval '! grep -q vp_vdpa- /proc/interrupts'

# the card is pulled while a process has a VF's device open. A slot that does not report it needs
# an administrator
net_pf=/sys/bus/pci/devices/$(pf_of rp0)
removed() {
	[ ! -e "$net_pf/remove" ] || echo 1 | ends tee "$net_pf/remove" >"$tmp/tee"
	wait_for 60 [ ! -e "$net_pf" ]
}
add "${vp_vfs[0]}"
exec 7<>"/dev/$(basename "$(node)")"
card set pf0 unplug true >"$tmp/card"
check_that "unplugged: it is removed, although a device is open" removed
check_that "and the device with it" eval '! vdpa dev show vptest 2>"$tmp/show" && [ ! -e "/sys/bus/pci/devices/${vp_vfs[0]}" ]'
exec 7>&-
check_that "no interrupt and no page is left" eval '! grep -q vp_vdpa- /proc/interrupts && nothing_pinned'
finish
