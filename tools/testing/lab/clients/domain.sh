# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154	# tmp is ktap.sh's, guest_in and guest_pid are guest.sh's, trees is trees.sh's
# In the VM: libvirt's daemons without an init system, and the lab's guest as a domain of
# theirs, which guest_tell and field of guest.sh speak with. Needs: ktap.sh, guest.sh, over.sh,
# and for another emulator trees.sh.

image=/run/guest/libvirt	# memory of the VM: reading /lab costs seconds

# virsh_quiet COMMAND...: what it says is shown only when it fails
virsh_quiet() { timeout $((240 * ktap_patience)) virsh -q "$@" >"$tmp/virsh" 2>&1 || { sed 's/^/# /' "$tmp/virsh"; return 1; }; }

# what the package's own scripts would do
libvirt_user() {
	! getent passwd libvirt-qemu >"$tmp/user" || return 0
	groupadd --system libvirt-qemu && groupadd --system libvirt &&
		useradd --system --gid libvirt-qemu --groups kvm --no-create-home libvirt-qemu
}

# libvirt_start SUITE [OPTION...]: the libvirt of that suite, in place of one that was there before;
# options are libvirtd's
libvirt_start() {
	rm -rf /etc/libvirt /run/libvirt /var/{cache,lib,log}/libvirt
	lay_over "$1" && libvirt_user && mkdir -p /var/log/libvirt || return 1
	echo 'auth_unix_rw = "none"' >>/etc/libvirt/libvirtd.conf
	# there are no profiles of AppArmor here, nor anything to make them with
	echo 'security_driver = "none"' >>/etc/libvirt/qemu.conf
	libvirt_run "${@:2}"
}
libvirt_run() { virtlogd -d && libvirtd -d "$@" && wait_for 200 virsh -q version && virsh -q version | sed 's/^/# /'; }

libvirt_stop() {
	local name
	for name in libvirtd virtlogd; do
		kill "$(cat "/run/$name.pid")" && wait_for 30 eval "! pgrep -x $name" || return 1
	done
}

# libvirt runs an emulator by its path, with files of its own, as a user who may not chroot
emulator=/usr/local/bin/qemu-of-trixie
emulator_in_tree() {
	local part
	printf '#!/bin/sh\nexec chroot %s qemu-system-x86_64 "$@"\n' "$trees/trixie" >$emulator &&
		chmod +x $emulator || return 1
	for part in lib log cache; do
		mkdir -p "/var/$part/libvirt"
		mount -t tmpfs none "$trees/trixie/var/$part" && mkdir "$trees/trixie/var/$part/libvirt" &&
			mount --bind "/var/$part/libvirt" "$trees/trixie/var/$part/libvirt" || return 1
	done
}
# libvirt_as_root [OPTION...]: the libvirt of the backports above the next release's QEMU; with -l
# others can send domains here
libvirt_as_root() {
	libvirt_start bookworm-backports && libvirt_stop && emulator_in_tree || return 1
	printf 'listen_tls = 0\nlisten_tcp = 1\nauth_tcp = "none"\n' >>/etc/libvirt/libvirtd.conf
	printf 'user = "root"\ngroup = "root"\nnamespaces = [ ]\ncgroup_controllers = [ ]\n' >>/etc/libvirt/qemu.conf
	libvirt_run "$@"
}
knows_emulator() { virsh_quiet domcapabilities --emulatorbin $emulator; }

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

domain_image() { [ -e $image ] || { mkdir -p $image && cp out/guest/{vmlinux,initramfs.cpio} $image; }; }

# domain_define NAME FILE
domain_define() {
	domain_image || return 1
	domain "$1" "$2" >"$tmp/domain-$1.xml" && virsh_quiet define --validate "$tmp/domain-$1.xml"
}

# domain_is_modern NAME: from its next start on, its guest takes what the device offers
domain_is_modern() {
	sed -i 's/ virtio_pci.force_legacy=1//' "$tmp/domain-$1.xml" && virsh_quiet undefine "$1" &&
		virsh_quiet define --validate "$tmp/domain-$1.xml"
}

# domain_meet NAME: speak with its guest, who may have come from elsewhere; what it says is added
domain_meet() {
	local fd
	rm -f "$tmp/$1.in"
	mkfifo "$tmp/$1.in"
	socat - "UNIX-CONNECT:/run/guest/$1" <"$tmp/$1.in" >>"$tmp/$1" 2>"$tmp/$1.err" &
	guest_pid[$1]=$!
	exec {fd}>"$tmp/$1.in"
	guest_in[$1]=$fd
}
# domain_part NAME: its QEMU has ended
domain_part() {
	local fd=${guest_in[$1]}
	exec {fd}>&-
	wait "${guest_pid[$1]}"
}
domain_leave() { domain_part "$1"; domain_ended "$1"; }

# domain_start NAME: until it is up. It is resumed only when somebody listens.
domain_start() {
	virsh_quiet start --paused "$1" || return 1
	: >"$tmp/$1"
	domain_meet "$1"
	virsh_quiet resume "$1" && wait_for_report "$1" ready 1
}

# domain_save NAME, domain_restore NAME: to a file in memory, and from there
saved=/run/guest/saved
domain_save() {
	rm -f $saved
	virsh_quiet save "$1" $saved && domain_leave "$1"
}
domain_restore() {
	virsh_quiet restore --paused $saved || return 1
	domain_meet "$1"
	virsh_quiet resume "$1"
}

# domain_destroy NAME: it is cut off, as by pulling the plug
domain_destroy() { virsh_quiet destroy "$1" && domain_leave "$1"; }

is_off() { [ "$(virsh -q domstate "$1")" = "shut off" ] && ! pgrep -x qemu-system-x86 >"$tmp/qemu"; }
domain_ended() { wait_for 20 is_off "$1"; }
