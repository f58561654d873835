#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In the VM, with the disks of clients and of libvirt: `virsh save` and `virsh restore` of
# domains on a simulated NIC that was made without words, with QEMU 10.0 below libvirt 11.3.
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vdpa-guest.sh
. tools/testing/lab/clients/over.sh
. tools/testing/lab/clients/domain.sh
. tools/testing/lab/clients/trees.sh

emulator=/usr/local/bin/qemu-of-trixie
saved=/run/guest/saved

# libvirt runs an emulator by its path, with files of its own, as a user who may not chroot
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
libvirt_as_root() {
	libvirt_start bookworm-backports && libvirt_stop && emulator_in_tree || return 1
	printf 'user = "root"\ngroup = "root"\nnamespaces = [ ]\ncgroup_controllers = [ ]\n' >>/etc/libvirt/qemu.conf
	virtlogd -d && libvirtd -d && wait_for 200 virsh -q version
}
knows_emulator() { virsh_quiet domcapabilities --emulatorbin $emulator; }

# devices NAME: a domain's NIC and its emulator
devices() {
	cat >"$tmp/devices-$1" <<-XML
		<emulator>$emulator</emulator>
		<interface type='vdpa'>
		  <mac address='02:00:00:00:00:99'/>
		  <source dev='/dev/$node'/>
		  <model type='virtio'/>
		  <rom enabled='no'/>
		</interface>
	XML
}
# modern or legacy: what is done with the kernel's words of domain.sh
define() {
	devices "$1" && domain_define "$1" "$tmp/devices-$1" || return 1
	[ "$2" = legacy ] || {
		sed -i 's/ virtio_pci.force_legacy=1//' "$tmp/domain-$1.xml" && virsh_quiet undefine "$1" &&
			virsh_quiet define --validate "$tmp/domain-$1.xml"
	}
}
save() {
	local fd=${guest_in[$1]}
	rm -f $saved
	virsh_quiet save "$1" $saved || return 1
	exec {fd}>&-
	wait "${guest_pid[$1]}"
	domain_ended "$1"
}
# restore NAME: another connection speaks with the same guest
restore() {
	local fd
	virsh_quiet restore --paused $saved || return 1
	rm -f "$tmp/$1.in"
	mkfifo "$tmp/$1.in"
	socat - "UNIX-CONNECT:/run/guest/$1" <"$tmp/$1.in" >>"$tmp/$1" 2>"$tmp/$1.err" &
	guest_pid[$1]=$!
	exec {fd}>"$tmp/$1.in"
	guest_in[$1]=$fd
	virsh_quiet resume "$1"
}
reaches() { guest_tell "$1" ping=10.7.0.1,5 && guest_tell "$1" ping=10.7.0.1,3,1400; }
rows() {
	check_that "$1: the domain is defined" define "$1" "$1"
	check_that "$1: it starts" domain_start "$1"
	check_that "$1: it has a network" eval "guest_tell $1 net=eth0,10.7.0.2/24 && reaches $1"
	check_that "$1: it is saved" save "$1"
	check_that "$1: nothing is pinned meanwhile" nothing_pinned
	check_that "$1: it is restored" restore "$1"
	check_that "$1: it has a network" reaches "$1"
	check_that "$1: the guest powers off" guest_end "$1"
}

plan 20
check_that "the disk of clients" enter_trees
check_that "NICs, made without words" nics
check_that "libvirt 11.3, of Debian 12's backports" libvirt_as_root
check_that "it knows QEMU 10.0" knows_emulator
rows modern
rows legacy
