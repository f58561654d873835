#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154	# tmp is ktap.sh's, file and vp_vfs are vp.sh's
# In the VM, with the disk of libvirt: a guest is a domain of libvirt 11.3 above Debian 12's own
# QEMU, and its NIC a VF under vp_vdpa, by <interface type='vdpa'>; its disk is a VF as well.
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vp.sh
. tools/testing/lab/clients/over.sh
. tools/testing/lab/clients/domain.sh

nic=$tmp/nic.xml same=$tmp/same.xml disk=$tmp/disk.xml both=$tmp/both.xml
vf=''	# the disk

# interface MAC: on the device behind $file
interface() {
	cat <<-XML
		<interface type='vdpa'>
		  <mac address='$1'/>
		  <source dev='$file'/>
		  <model type='virtio'/>
		  <rom enabled='no'/>
		</interface>
	XML
}
# one VF for the host, one for guests: they have its MAC address
nics_on_vfs() {
	vp_vfs rp0 2 && vp_host_nic "${vp_vfs[0]}" && vp_file guest "${vp_vfs[1]}" || return 1
	interface "$(vdpa dev config show guest | sed -n 's/.* mac \([^ ]*\) .*/\1/p')" >"$nic"
	interface 02:00:00:00:00:77 >"$same"
}
# a VF that no driver has; libvirt finds one for it
disk_vf() {
	local bus slot function
	echo 0 >"/sys/bus/pci/devices/${PF[rp1]}/sriov_drivers_autoprobe"
	set_vfs "${PF[rp1]}" 1 || return 1
	vf=$(vfs_of "${PF[rp1]}")
	IFS=:. read -r _ bus slot function <<<"$vf"
	sed "s/bus='[^']*' slot='[^']*' function='[^']*'/bus='0x$bus' slot='0x$slot' function='0x$function'/" \
		contrib/libvirt/vf-managed.xml >"$disk"
	cat "$nic" "$disk" >"$both"
}
defined() { domain_define "$1" "$2" && domain_is_modern "$1"; }
has_network() { guest_tell "$1" net=eth0,10.7.0.2/24 && reaches "$1"; }
reaches() { guest_tell "$1" ping=10.7.0.1,5 && guest_tell "$1" ping=10.7.0.1,3,1400; }
kicks() { stat_of guest 1 kicks; }
is_free() { dd if="$file" count=0 status=none 2>"$tmp/free"; }
has_variant() { [ "$(driver_of "$vf" | tr - _)" = virtio_vfio_pci ]; }
is_nobodys() { [ -z "$(driver_of "$vf")" ]; }
writes_disk() { guest_tell "$1" present=/sys/block/vda,20 && guest_tell "$1" disk=/dev/vda,1; }

plan 29
modprobe vfio
check_that "libvirt 11.3, of Debian 12's backports" libvirt_start bookworm-backports
check_that "a VF for the host, one for guests" nics_on_vfs
check_that "a VF that is a disk" disk_vf

check_that "the domain is defined" defined one "$nic"
check_that "it starts" domain_start one
before=$(kicks)
check_that "it has a network" has_network one
check_that "by the VF's queues" [ "$(kicks)" -gt "$before" ]
check_that "another domain is defined with the same device" defined other "$same"
check_that "it does not start, and libvirt names the device" fails "$file" virsh -q start other
sed 's/^/# /' "$tmp/out"
check_that "a second interface with it is refused by its name" fails "$file" virsh -q attach-device one "$same" --live
sed 's/^/# /' "$tmp/out"
check_that "the first one is as it was" reaches one
check_that "it is detached from the running guest" virsh_quiet detach-device one "$nic" --live
check_that "its interface is gone in the guest" guest_tell one absent=/sys/class/net/eth0,20
check_that "the device is free" wait_for 20 is_free
check_that "nothing is pinned any more" wait_for 20 nothing_pinned
check_that "it is attached again" virsh_quiet attach-device one "$nic" --live
check_that "its interface comes back" guest_tell one present=/sys/class/net/eth0,20
check_that "and the network with it" has_network one
check_that "a VF is attached to the same domain" virsh_quiet attach-device one "$disk" --live
check_that "it is the variant's" has_variant
check_that "the guest writes its disk" writes_disk one
check_that "and has a network" reaches one
check_that "the guest powers off" eval 'guest_end one && domain_ended one'
check_that "the device is free, the VF nobody's" eval 'is_free && is_nobodys && nothing_pinned'

check_that "a domain with both is defined" defined both "$both"
check_that "it starts" domain_start both
check_that "the guest has a network, and writes its disk" eval 'has_network both && writes_disk both'
check_that "the guest powers off" eval 'guest_end both && domain_ended both'
check_that "the device is free, the VF nobody's" eval 'is_free && is_nobodys && nothing_pinned'
