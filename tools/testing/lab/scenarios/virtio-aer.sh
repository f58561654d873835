#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: virtio-aer
# about: PCI errors, harmless and fatal, reported over a PF and its VFs in use; recovery that works and that fails
# limit: 400
# where: vm
# kernel: 6.1
# device: -global pcie-root-port.x-speed=2_5 -netdev user,id=up0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=4,uplink=up0
#
# The emulator's link is never reported as active, which the kernel waits for after a reset
# but for slow ones. The emulator has the root port report the error, which concerns all
# below it: a fatal one ends in a reset of the bus.
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/admin.sh
. tools/testing/lab/scenarios/lib/virtio.sh

# said TEXT: a line of the log since the mark
mark() { dmesg --clear; }
said() { dmesg | grep -qE "$1"; }

# error PORT NAME TEXT: inject it; the kernel comes to say TEXT
error() {
	mark
	card qmp "{\"execute\": \"human-monitor-command\", \"arguments\":
		{\"command-line\": \"pcie_aer_inject_error $1 $2\"}}" >"$tmp/qmp" &&
		wait_for 60 said "$3" || { dmesg | tail -n 20 | sed 's/^/# /'; return 1; }
}

works() { use_net "$pf" && gives 0 "${vfs[0]}" common_read 18 1; }

# with commands under way, which may end in errors of a reset, and end in time
under_load() {
	local line words
	call "${vfs[0]}" threads 2 common_read 18 1
	call "${vfs[1]}" threads 2 notify_list
	"$@" || return 1
	for vf in "${vfs[0]}" "${vfs[1]}"; do
		call "$vf" stop
		echo "# ${came[*]}"
		[ "$ok" -gt 0 ] && [ "$max_us" -lt 30000000 ] || return 1
		for line in "${came[@]}"; do
			read -ra words <<<"$line"
			[ "${words[0]}" != error ] || [[ " -5 -19 " = *" ${words[1]} "* ]] || return 1
		done
	done
}

still_there() { [ "$(vfs_of "$pf" | wc -l)" = 3 ] && [ "$(driver_of "$other")" = virtio-pci ]; }
let_go() { timeout 60 bash -c "echo $1 >/sys/bus/pci/drivers/virtio-pci/unbind"; }
removed() { timeout 60 bash -c "echo 1 >$pci/$1/remove" && [ ! -e "$pci/$1" ]; }

plan 16
pf=$(pf_of rp0)
admin_vfs "$pf" 3
other=${vfs[2]}
check_that "a VF goes to virtio-pci" give_to virtio-pci "$other"
check_that "before: PF and VF work" works

check_that "an error that is not fatal" under_load error rp0 POISON_TLP "device recovery successful"
check_that "no driver was detached" eval "! said 'driver restart failed|can neither handle|no driver bound'"
check_that "PF and VF work" works

# which uses up what the PCI core had saved of the function
check_that "a reset of the PF's function" eval 'echo 1 >"$pci/$pf/reset"'
check_that "a fatal error: the bus is reset" under_load error rp0 DLP "device recovery successful"
check_that "VFs and drivers are there" still_there
check_that "the PF works" works
check_that "the VF's own driver has its device again" \
	[ $(($(cat "$pci/$other"/virtio*/status) & 4)) = 4 ]
check_that "the VFs' commands are negotiated again" \
	[ "$(counter "$pf" stats group_sriov)" = negotiated ]

# one function's driver says no: the kernel leaves all others as they are, half way
echo N >/sys/module/admin_exercise/parameters/recovers
check_that "a fatal error that one driver does not want to recover from" \
	error rp0 DLP "device recovery failed"
check_that "commands fail" gives -19 "${vfs[0]}" common_read 18 1
# 7.3 itself warns when any driver's remove() disables VFs (Documentation/kernel-bugs.rst)
[[ $LAB_KERNEL != *-debug ]] || echo 0 >"$pci/$pf/sriov_numvfs"
check_that "the PF's driver can be removed all the same" let_go "$pf"
check_that "and the PF" removed "$pf"
check_that "found again, it works" eval 'bring_back "$pf" && use_net "$pf"'
