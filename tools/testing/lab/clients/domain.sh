# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154	# tmp is ktap.sh's, guest_in and guest_pid are guest.sh's
# In the VM: libvirt's daemons without an init system, and the lab's guest as a domain of
# theirs, which guest_tell and field of guest.sh speak with. Needs: ktap.sh, guest.sh, over.sh.

image=/run/guest/libvirt	# memory of the VM: reading /lab costs seconds

# virsh_quiet COMMAND...: what it says is shown only when it fails
virsh_quiet() { timeout 240 virsh -q "$@" >"$tmp/virsh" 2>&1 || { sed 's/^/# /' "$tmp/virsh"; return 1; }; }

# what the package's own scripts would do
libvirt_user() {
	! getent passwd libvirt-qemu >"$tmp/user" || return 0
	groupadd --system libvirt-qemu && groupadd --system libvirt &&
		useradd --system --gid libvirt-qemu --groups kvm --no-create-home libvirt-qemu
}

# libvirt_start SUITE: the libvirt of that suite, in place of one that was there before
libvirt_start() {
	rm -rf /etc/libvirt /run/libvirt /var/{cache,lib,log}/libvirt
	lay_over "$1" && libvirt_user && mkdir -p /var/log/libvirt || return 1
	echo 'auth_unix_rw = "none"' >>/etc/libvirt/libvirtd.conf
	# there are no profiles of AppArmor here, nor anything to make them with
	echo 'security_driver = "none"' >>/etc/libvirt/qemu.conf
	virtlogd -d && libvirtd -d && wait_for 200 virsh -q version && virsh -q version | sed 's/^/# /'
}

libvirt_stop() {
	local name
	for name in libvirtd virtlogd; do
		kill "$(cat "/run/$name.pid")" && wait_for 30 eval "! pgrep -x $name" || return 1
	done
}

# domain NAME FILE: what libvirt is told of a guest with the device in FILE
domain() {
	cat <<-XML
		<domain type='kvm'>
		  <name>$1</name>
		  <memory unit='MiB'>256</memory>
		  <os>
		    <type arch='x86_64' machine='pc'>hvm</type>
		    <kernel>$image/vmlinux</kernel>
		    <initrd>$image/initramfs.cpio</initrd>
		    <cmdline>console=ttyS0 loglevel=5 panic=-1 mitigations=off tsc=reliable virtio_pci.force_legacy=1</cmdline>
		  </os>
		  <features><acpi/><apic/></features>
		  <cpu mode='host-passthrough'/>
		  <devices>
		    <controller type='usb' model='none'/>
		    <memballoon model='none'/>
		    <serial type='file'><source path='/lab-out/guest-$1-console.log'/><target port='0'/></serial>
		    <serial type='unix'><source mode='bind' path='/run/guest/$1'/><target port='1'/></serial>
		    $(cat "$2")
		  </devices>
		</domain>
	XML
}

# domain_define NAME FILE
domain_define() {
	[ -e $image ] || { mkdir -p $image && cp out/guest/{vmlinux,initramfs.cpio} $image; } || return 1
	domain "$1" "$2" >"$tmp/domain-$1.xml" && virsh_quiet define --validate "$tmp/domain-$1.xml"
}

# domain_start NAME: until it is up. It is resumed only when somebody listens.
domain_start() {
	local fd
	virsh_quiet start --paused "$1" || return 1
	mkfifo "$tmp/$1.in"
	socat - "UNIX-CONNECT:/run/guest/$1" <"$tmp/$1.in" >"$tmp/$1" 2>"$tmp/$1.err" &
	guest_pid[$1]=$!
	exec {fd}>"$tmp/$1.in"
	guest_in[$1]=$fd
	virsh_quiet resume "$1" && wait_for_report "$1" ready 1
}

# domain_destroy NAME: it is cut off, as by pulling the plug
domain_destroy() {
	local fd=${guest_in[$1]}
	virsh_quiet destroy "$1" || return 1
	exec {fd}>&-
	wait "${guest_pid[$1]}"
	domain_ended "$1"
}

is_off() { [ "$(virsh -q domstate "$1")" = "shut off" ] && ! pgrep -x qemu-system-x86 >"$tmp/qemu"; }
domain_ended() { wait_for 20 is_off "$1"; }
