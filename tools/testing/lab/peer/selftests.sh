#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In the VM, on 7.3: mainline's own tests of vfio on a VF that virtio-vfio-pci
# drives. What cannot be the same on a transitional device is in the table below;
# all else has to pass, and what is in the table has to end as it says.
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vfio.sh

programs=/lab/out/peer/selftests

# outcome, test, why
exceptions="
failed	vfio_pci_device_test.config_space_read_write	it wants the device ID of sysfs; a guest sees the transitional one
skipped	vfio_pci_irq_test.msi.enable_trigger_disable	a VF of virtio has MSI-X and no MSI
"

row_of() { awk -F'\t' -v name="$1" '$2 == name' <<<"$exceptions"; }

# judge OUTCOME TEST: one result of mainline's
judge() {
	local wanted=passed reason row
	row=$(row_of "$2")
	[ -z "$row" ] || IFS=$'\t' read -r wanted _ reason <<<"$row"
	if [ "$1" != "$wanted" ]; then
		not_ok "$2: $1, not $wanted${reason:+, though $reason}"
	elif [ "$wanted" = passed ]; then
		ok "$2"
	else
		ok "$2: $wanted, as it must be: $reason"
	fi
}

# program_on PROGRAM ADDRESS: all its results; one that ends early is a failure
program_on() {
	local line planned=-1 seen=0 before=$ktap_count
	timeout 240 "$programs/$1" "$2" >"$tmp/out" 2>&1
	while IFS= read -r line; do
		case $line in
		1..*) planned=${line#1..} ;;
		"ok "*"# SKIP"*) line=${line#ok * } && judge skipped "${line%% *}" ;;
		"ok "*) judge passed "${line#ok * }" ;;
		"not ok "*) judge failed "${line#not ok * }" ;;
		esac
	done <"$tmp/out"
	seen=$((ktap_count - before))
	[ "$seen" = "$planned" ] || not_ok "$1: $seen of $planned results"
	cp "$tmp/out" "/lab-out/$1"
}

start
check_that "driverctl binds virtio-vfio-pci" transitional rp0 1
# they map whole BARs, whatever vfio says can be mapped
check_that "its modern registers can be mapped" bind_mapped "$vf"
modprobe -a iommufd vfio_iommu_type1
udevadm settle --timeout=30
for program in pci_device pci_device_init_perf iommufd_setup dma_mapping dma_mapping_mmio; do
	program_on vfio_${program}_test "$vf"
done
finish
