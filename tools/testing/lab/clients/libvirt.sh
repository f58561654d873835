#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In the VM, with the disk of libvirt: a legacy guest is a domain and gets its VF by the
# files of contrib/libvirt, from libvirt 11.3 and then from Debian 12's own 9.0.
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/clients/over.sh
. tools/testing/lab/clients/domain.sh

managed=contrib/libvirt/vf-managed.xml
model=contrib/libvirt/vf-model.xml
pf=${PF[rp0]}
vf=0000:01:00.1		# the one in these files
common_cfg_write=2	# the command by which a legacy driver sets a device up

by_host() { set_vfs "$pf" 1 && udevadm settle --timeout=30 && has_driver virtio-pci; }
by_nobody() {
	echo 0 >"/sys/bus/pci/devices/$pf/sriov_drivers_autoprobe"
	[ ! -e "/sys/bus/pci/devices/$vf/driver" ] || echo $vf >"/sys/bus/pci/devices/$vf/driver/unbind"
	has_driver ''
}
is_loaded() { grep -q "^$1 " /proc/modules; }

# has_driver NAME: nothing for none
has_driver() {
	local is
	is=$(driver_of $vf)
	[ "$is" = "$1" ] || { echo "# its driver is '$is'"; return 1; }
}

# The driver has two names, the module's and one with dashes. What libvirt takes after its
# search is one of them, before the module is loaded another than afterwards.
has_variant() { [ "$(driver_of $vf)" = virtio_vfio_pci ] || has_driver virtio-vfio-pci; }

# given_back DRIVER: nothing of the domain is left on the VF
given_back() {
	has_driver "$1" && [ "$(cat /sys/bus/pci/devices/$vf/driver_override)" = "(null)" ] &&
		nothing_held rp0 0
}

is_legacy() {
	guest_tell "$1" pci && guest_tell "$1" virtio &&
		[ -n "$(field "$1" pci io '"id":"1af4:1000"')" ] &&
		is_field "$1" virtio ports_owner virtio-pci-legacy && is_field "$1" virtio features_from_32 0
}
is_in_use() { guest_tell "$1" net=eth0,dhcp && guest_tell "$1" ping=$UPLINK,5; }
commands() { card_count pf0 0 commands $common_cfg_write; }
# by_commands COUNT: more than those
by_commands() { counts_agree rp0 pf0 0 && [ "$(commands)" -gt "$1" ]; }

# is_modern_only NAME: the guest's driver, told to take the legacy way, finds none
is_modern_only() {
	guest_tell "$1" pci && guest_tell "$1" virtio &&
		[ -n "$(field "$1" pci slot '"id":"1af4:1041"')" ] &&
		is_field "$1" pci io '' '"id":"1af4:1041"' && is_field "$1" virtio way modern
}

# gets_it_by NAME FILE: a domain starts and uses the VF
gets_it_by() {
	local before
	before=$(commands)
	check_that "$1: the domain is defined" domain_define "$1" "$2"
	check_that "$1: it starts" domain_start "$1"
	check_that "$1: the VF is bound to the variant" has_variant
	check_that "$1: the guest took the legacy way" is_legacy "$1"
	check_that "$1: it reaches the uplink" is_in_use "$1"
	check_that "$1: by administration commands" by_commands "$before"
}

# a node that init systems make before the module is loaded; libvirt looks for it
modprobe vfio
sed "s/managed='yes'/managed='no'/" $managed >"$tmp/vf-unmanaged.xml"
sed 's/virtio-vfio-pci/virtio-vfio-none/' $model >"$tmp/vf-none.xml"

plan 47
check_that "libvirt 11.3, of Debian 12's backports" libvirt_start bookworm-backports
check_that "the host's own driver has the VF, nobody loaded the variant" \
	eval 'by_host && ! is_loaded virtio_vfio_pci'
gets_it_by managed $managed
check_that "it is detached from the running guest" virsh_quiet detach-device managed $managed --live
check_that "its interface is gone in the guest" guest_tell managed absent=/sys/class/net/eth0,20
check_that "the VF is the host's again" wait_for 20 given_back virtio-pci
check_that "it is attached again" virsh_quiet attach-device managed $managed --live
check_that "and bound to the variant" has_variant
check_that "its interface comes back" guest_tell managed present=/sys/class/net/eth0,20
check_that "and the network with it" is_in_use managed
check_that "the domain is destroyed" domain_destroy managed
check_that "the VF is the host's again" given_back virtio-pci

check_that "no driver has the VF" by_nobody
gets_it_by model $model
check_that "the guest powers off" guest_end model
check_that "no driver has the VF again" eval 'domain_ended model && given_back ""'

check_that "a driver that is not there: the domain is defined" domain_define none "$tmp/vf-none.xml"
check_that "it does not start, and libvirt says why" fails "driver module virtio_vfio_none" virsh -q start none
sed 's/^/# /' "$tmp/out"
check_that "nothing is left of it" eval 'domain_ended none && given_back ""'

check_that "a VF that is bound beforehand" give_to virtio-vfio-pci $vf
gets_it_by unmanaged "$tmp/vf-unmanaged.xml"
check_that "the guest powers off" guest_end unmanaged
check_that "the VF stays bound" eval 'domain_ended unmanaged && has_driver virtio-vfio-pci'

# libvirt is not upgraded here but put back, which it does not know about
libvirt_stop
check_that "libvirt 9.0, Debian 12's own" libvirt_start bookworm
check_that "9.0: the domain of a VF bound to the variant is defined" domain_define own-no "$tmp/vf-unmanaged.xml"
check_that "9.0: it does not start, for 9.0 takes the VF for the host's" fails "must be manually detached" virsh -q start own-no
sed 's/^/# /' "$tmp/out"
domain own-model $model >"$tmp/domain-own-model.xml"
check_that "9.0: no file may name a driver" fails "failed to validate" virsh -q define --validate "$tmp/domain-own-model.xml"
echo >"/sys/bus/pci/devices/$vf/driver_override"
by_nobody
check_that "9.0: the managed domain is defined" domain_define own $managed
check_that "9.0: it starts" domain_start own
check_that "9.0: the VF is bound to plain vfio-pci" has_driver vfio-pci
check_that "9.0: which has no legacy way" is_modern_only own
check_that "9.0: it is destroyed" domain_destroy own
libvirt_stop
