#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: virtio-ndata
# about: notifications with data (feature bit 38), split and packed; a device that offers in-order use (35)
# limit: 120
# when: named
# where: vm
# kernel: 7.3
# device: -netdev user,id=u0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=2,uplink=u0,notification_data=on,ioeventfd=off -netdev user,id=u1 -device virtio-net-pf,id=pf1,bus=rp1,vfs=2,uplink=u1,notification_data=on,ioeventfd=off,packed=on -netdev user,id=u2 -device virtio-net-pf,id=pf2,bus=rp2,vfs=2,uplink=u2,in_order=on
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/admin.sh
. tools/testing/lab/scenarios/lib/virtio.sh

taken() { [ "$(cut -c 39 "$pci/$1"/virtio*/features)" = "$2" ]; }
hundreds() {
	admin_vfs "$1" 2 && gives 0 "${vfs[0]}" repeat 500 common_read 18 1 &&
		gives 0 "${vfs[1]}" repeat 500 notify_list
}

plan 10
while read -r port kind bit; do
	pf=$(pf_of "$port")
	check_that "$kind: bit 38 is $bit" taken "$pf" "$bit"
	check_that "$kind: the network" use_net "$pf"
	check_that "$kind: admin commands" hundreds "$pf"
done <<'END'
rp0 split 1
rp1 packed 1
rp2 in-order 0
END
check_that "in-order use is not taken by an owner, whose commands come back in any order" \
	[ "$(cut -c 36 "$pci/$pf"/virtio*/features)" = 0 ]
