# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154	# tmp is ktap.sh's
# An installed Debian 12 with the kernels 6.1 and 6.12, their headers, dkms and
# systemd, for scenarios that install packages. It is made once, in the lab's
# cache; each scenario works on a copy that is forgotten. Takes root.

if [ "$(id -u)" != 0 ]; then
	echo "1..0 # SKIP an installed system takes root to make; run it as root"
	exit 0
fi

# quiet COMMAND...: what it says only if it fails
quiet() { "$@" >"$tmp/log" 2>&1 || { tail -n 30 "$tmp/log" | sed 's/^/# /'; return 1; }; }

LAB_HERE=$PWD/tools/testing/lab
. "$LAB_HERE/lib/common.sh"
. "$LAB_HERE/lib/apt.sh"
. "$LAB_HERE/lib/packages.sh"
. "$LAB_HERE/lib/qemu.sh"

ROOT_PACKAGES="linux-image-amd64 linux-headers-amd64 linux-image-6.12-amd64 linux-headers-6.12-amd64
	dkms dh-dkms debhelper dpkg-dev openssl initramfs-tools systemd-sysv udev kmod pciutils driverctl"

root_key() { digest eval 'echo $ROOT_PACKAGES; declare -f root_build'; }

# root_base: print the folder of the installed system, made when it is not there
root_base() {
	local dir
	use_cache
	dir=$LAB_CACHE/root/$(root_key)
	[ -e "$dir" ] || with_lock root root_make "$dir" >&2
	touch "$dir"
	echo "$dir"
}

root_make() {
	local dir=$1
	[ ! -e "$dir" ] || return 0
	room_for 6144 "an installed system"
	fresh "$dir"
	step "installing Debian 12 with two kernels" "$LAB_CACHE/root.log" root_build "$dir.new"
	publish "$dir"
	drop_old "$LAB_CACHE/root"
}

# The initramfs is made once for each kernel, not at every step of the way.
root_build() {
	local dir=$1
	# shellcheck disable=SC2086
	TMPDIR=$LAB_CACHE/tmp unshare --mount --propagation private mmdebstrap --mode=root \
		--variant=minbase --include="$(echo $ROOT_PACKAGES | tr ' ' ,)" \
		--aptopt='APT::Install-Recommends "false"' \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		bookworm "$dir" "deb $(apt_mirror) bookworm main" \
		"deb $(apt_mirror_security) bookworm-security main"
	echo fresh >"$dir/etc/hostname"
	echo "LABEL=fresh / ext4 defaults 0 1" >"$dir/etc/fstab"
	passwd -R "$dir" -d root
}

# root_open: a copy in $root, for as long as this scenario runs. What is written
# there stays in memory's reach of $tmp.
root_open() {
	local base
	base=$(root_base)
	root=$tmp/root
	mkdir "$root" "$tmp/upper" "$tmp/work"
	mount -t overlay overlay -o "lowerdir=$base,upperdir=$tmp/upper,workdir=$tmp/work" "$root"
	trap root_close EXIT
	mount -t proc proc "$root/proc"
	mount -t sysfs -o ro sysfs "$root/sys"
	mount -t tmpfs tmpfs "$root/tmp"
	mount --bind /dev "$root/dev"
}

root_close() {
	local mount
	for mount in dev tmp sys proc .; do
		! mountpoint -q "$root/$mount" || umount -l "$root/$mount"
	done
	rm -rf --one-file-system "$tmp"
}

# inside COMMAND...: in the copy, without a service being started
inside() {
	chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LC_ALL=C.UTF-8 \
		DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 "$@"
}

# root_boot RELEASE SECONDS: boot the copy as a machine with the card, by its own kernel,
# initramfs and init. What the system writes to its second serial port is in
# $tmp/report, the console in $tmp/console; it has to power itself off.
root_boot() {
	mkdir -p "$tmp/view"
	mount -t overlay overlay -o "ro,lowerdir=$tmp/upper:$(root_base)" "$tmp/view"
	mkfs.ext4 -q -d "$tmp/view" -m 0 -O ^has_journal -L fresh "$tmp/disk" \
		"$(($(du -smx "$tmp/view" | cut -f1) * 5 / 4 + 256))M"
	umount "$tmp/view"
	: >"$tmp/report"
	timeout "$2" "$(qemu_path)" -nodefaults -no-user-config -no-reboot -display none \
		-L /usr/share/qemu -L /usr/share/seabios \
		-machine q35,kernel-irqchip=split -accel tcg,thread=multi -cpu max -smp 2 -m 2G \
		-device intel-iommu,intremap=on,caching-mode=on \
		-kernel "$root/boot/vmlinuz-$1" -initrd "$root/boot/initrd.img-$1" \
		-append "console=ttyS0 root=/dev/vda rw intel_iommu=on no_timer_check mitigations=off panic=-1" \
		-drive "if=none,id=root,file=$tmp/disk,format=raw" -device virtio-blk-pci,drive=root \
		-device pcie-root-port,id=rp0,bus=pcie.0,chassis=1,slot=1,mem-reserve=64M,pref64-reserve=256M \
		-netdev user,id=up0,restrict=on -device virtio-net-pf,id=pf0,bus=rp0,vfs=8,uplink=up0 \
		-serial "file:$tmp/console" -serial "file:$tmp/report"
}

# root_releases: the kernels in it
root_releases() { find "$root/lib/modules/" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort; }
