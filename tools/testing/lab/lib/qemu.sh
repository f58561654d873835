# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The hypervisor VM as an emulator's command line.
# Needs: lib/common.sh, lib/pair.sh.

QEMU_BUILD=$LAB_DIR/../qemu/build
VM_CPUS=2
VM_CPU=${LAB_CPU:-max,+svm}
VM_MEMORY=${LAB_MEMORY:-4G}

# The card: a net PF with an uplink, a block PF with a disk for each VF.
CARD_UPLINK="-netdev user,id=up0"
CARD_NET="-device virtio-net-pf,id=pf0,bus=rp0,vfs=8,uplink=up0"
CARD_BLOCK="-device virtio-blk-pf,id=pf1,bus=rp1,vfs=4,drive=card0,vf-drives=card1:card2:card3:card4"

# qemu_path: the emulator, built first where that is needed.
qemu_path() {
	if [ -n "${LAB_QEMU:-}" ]; then
		command -v "$LAB_QEMU" || die "LAB_QEMU=$LAB_QEMU is not a program"
	elif [ -x "$QEMU_BUILD" ]; then
		"$QEMU_BUILD" || die "the emulator could not be built (tools/testing/qemu/build)"
	else
		command -v qemu-system-x86_64 || die "no emulator; run: tools/testing/lab/lab setup"
	fi
}

# qemu_card: the card's arguments, one a line.
qemu_card() {
	local card=${LAB_DEVICE-$CARD_UPLINK $CARD_NET $CARD_BLOCK}
	[ -z "${LAB_PAIR:-}" ] || card=${LAB_DEVICE-$(pair_cable up0) $CARD_NET,mac=$(pair_mac 2) $CARD_BLOCK}
	if [ -z "${LAB_DEVICE+set}" ] && [ ! -x "$QEMU_BUILD" ] && [ -z "${LAB_QEMU:-}" ]; then
		say "no emulator with the card here: the VM has none"
		return 0
	fi
	[ -z "$card" ] || qemu_card_disks
	tr -s ' \t\n' '\n' <<<"$card" | sed '/^$/d'
}

# Blank disks for the block functions; what is written there ends with the VM.
qemu_card_disks() {
	local blank=$LAB_CACHE/blank.img n
	[ -z "${LAB_PAIR:-}" ] || { pair_disks; return 0; }
	[ -e "$blank" ] || { truncate -s 256M "$blank.$$" && mv "$blank.$$" "$blank"; }
	for n in 0 1 2 3 4; do
		printf '%s\n' -drive "if=none,id=card$n,file=$(commas "$blank"),format=raw,snapshot=on"
	done
}

# In the emulator's options a comma in a path is written twice.
commas() { echo "${1//,/,,}"; }

# qemu_arguments QEMU KERNELDIR INITRAMFS SHARE MODE OPTIONS: the whole command
# line, one word a line. The runner adds the channels.
qemu_arguments() {
	local qemu=$1 kernel=$2 initramfs=$3 share=$4 mode=$5 options=$6 readonly=on
	local own=(-netdev "user,id=own,net=10.0.9.0/24,restrict=on" -device "virtio-net-pci,netdev=own,id=own0,romfile=")
	[ "$mode" = ro ] || readonly=off
	[ -z "${LAB_PAIR:-}" ] || mapfile -t own < <(pair_arguments)
	printf '%s\n' "$qemu" -nodefaults -no-user-config -no-reboot -display none \
		-L /usr/share/qemu -L /usr/share/seabios \
		-machine q35,kernel-irqchip=split -accel tcg,thread=multi -cpu "$VM_CPU" \
		-smp "$VM_CPUS" -m "$VM_MEMORY" \
		-device intel-iommu,intremap=on,caching-mode=on \
		-kernel "$kernel/vmlinux" -initrd "$initramfs" \
		-append "console=ttyS0 panic=-1 no_timer_check intel_iommu=on mitigations=off rcupdate.rcu_cpu_stall_timeout=60 watchdog_thresh=30 lab.share=$mode lab.host=${LAB_HOST:-hypervisor} $options ${LAB_APPEND:-}" \
		-drive "if=none,id=root,file=$(commas "$(image_path)"),format=raw,snapshot=on" \
		-device virtio-blk-pci,drive=root,serial=lab-root \
		-drive "if=none,id=modules,file=$(commas "$kernel/modules.ext4"),format=raw,snapshot=on" \
		-device virtio-blk-pci,drive=modules,serial=lab-modules \
		-fsdev "local,id=share,path=$(commas "$share"),security_model=none,readonly=$readonly,multidevs=remap" \
		-device virtio-9p-pci,fsdev=share,mount_tag=lab \
		"${own[@]}" \
		-device virtio-rng-pci -device virtio-serial-pci,id=channels
	qemu_root_ports
	qemu_card
	[ -z "${LAB_MORE:-}" ] || tr -s ' \t\n' '\n' <<<"$LAB_MORE" | sed '/^$/d'
}

# One for each PF, one to plug into. Bridge windows are wide enough for 64 VFs.
qemu_root_ports() {
	local n
	for n in 0 1 2; do
		printf '%s\n' -device \
			"pcie-root-port,id=rp$n,bus=pcie.0,chassis=$((n + 1)),slot=$((n + 1)),mem-reserve=64M,pref64-reserve=256M"
	done
}
