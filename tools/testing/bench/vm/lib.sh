# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# What figures share, inside the VM: VFs by the side's driver, the card's latency,
# where interrupts go. Needs nothing else.

. tools/testing/lab/scenarios/lib/card.sh

BIN=/lab/out/bench/bin
VARIANT=virtio_vfio_pci		# both sides' driver has this name
PF=$(pf_of rp0) || { echo "no PF behind rp0" >&2; exit 1; }
vfs=() vf=''

# only_vfs COUNT: so many VFs, no driver on them
only_vfs() {
	echo 0 >"/sys/bus/pci/devices/$PF/sriov_drivers_autoprobe"
	[ "$(cat "/sys/bus/pci/devices/$PF/sriov_numvfs")" = 0 ] || set_vfs "$PF" 0
	[ "$1" = 0 ] || set_vfs "$PF" "$1"
	mapfile -t vfs < <(vfs_of "$PF")
	vf=${vfs[0]:-}
}

# bench_vfs COUNT: so many VFs on the variant driver, in $vfs; the first is $vf
bench_vfs() {
	local one
	modprobe "$VARIANT"
	only_vfs "$1"
	for one in "${vfs[@]}"; do
		give_to "$VARIANT" "$one" || { echo "$one is not bound to $VARIANT" >&2; return 1; }
	done
	udevadm settle --timeout=60
	interrupts_to_last_cpu
}

# irqs_of ADDRESS: the function's interrupts
irqs_of() { ls "/sys/bus/pci/devices/$1/msi_irqs" 2>/dev/null; }

# Where a single caller's thread is
interrupts_to_last_cpu() {
	local irq cpu
	cpu=$(($(nproc) - 1))
	for irq in $(irqs_of "$PF"); do
		# a managed interrupt stays where the kernel wants it, on both sides
		{ echo "$cpu" >"/proc/irq/$irq/smp_affinity_list"; } 2>/dev/null || :
	done
}

# The card's latencies, as cases: name and microseconds
LATENCIES="sync:0 20us:20 100us:100 500us:500"

# card_latency US: before a command runs
card_latency() { card set pf0 latency-us "$1" >/dev/null; }

# quick_or QUICK FULL: a number for this kind of run
quick_or() { if [ "${BENCH_QUICK:-}" = 1 ]; then echo "$1"; else echo "$2"; fi; }
