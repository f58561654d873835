#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: lab-host
# about: the VM is a hypervisor host: vIOMMU, remapped interrupts, KVM, tools
# limit: 120
# where: vm
# kernel: 6.1
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh

remaps_interrupts() { dmesg | grep -E 'DMAR-IR: Enabled IRQ remapping'; }

# every PCI function stands in a group, so that vfio can have it
has_groups() { [ "$(find /sys/kernel/iommu_groups -mindepth 1 -maxdepth 1 | wc -l)" -gt 4 ]; }

# nested SVM: a device that answers KVM_GET_API_VERSION with 12
has_kvm() {
	modprobe kvm_amd nested=1
	python3 -c 'import fcntl; raise SystemExit(fcntl.ioctl(open("/dev/kvm"), 0xae00, 0) != 12)'
}

# Debian's own package, nothing of it changed
has_plain_qemu() {
	dpkg --verify qemu-system-x86 && qemu-system-x86_64 -device help | grep '"vfio-pci"'
}

tools="lspci setpci ip driverctl ethtool strace bpftrace python3"

plan $((5 + $(wc -w <<<"$tools")))
check_that "interrupts are remapped" remaps_interrupts
check_that "the IOMMU makes groups" has_groups
check_that "/dev/kvm, by nested SVM" has_kvm
check_that "Debian's QEMU, unmodified" has_plain_qemu
check_that "two CPUs" [ "$(nproc)" = 2 ]
for tool in $tools; do
	check_that "$tool" command -v "$tool"
done
