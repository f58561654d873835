#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: admin-faults-matrix
# about: the faults of admin-faults, which has a net PF and a split ring, on {split, packed} x {net, block}
# when: full
# limit: 1200
# where: vm
# kernel: 6.1
# device: -netdev user,id=up0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=4,uplink=up0,packed=on -drive if=none,id=a0,driver=null-co,size=64M -drive if=none,id=a1,driver=null-co,size=64M -drive if=none,id=a2,driver=null-co,size=64M -drive if=none,id=a3,driver=null-co,size=64M -drive if=none,id=a4,driver=null-co,size=64M -device virtio-blk-pf,id=pf1,bus=rp1,vfs=4,drive=a0,vf-drives=a1:a2:a3:a4 -drive if=none,id=b0,driver=null-co,size=64M -drive if=none,id=b1,driver=null-co,size=64M -drive if=none,id=b2,driver=null-co,size=64M -drive if=none,id=b3,driver=null-co,size=64M -drive if=none,id=b4,driver=null-co,size=64M -device virtio-blk-pf,id=pf2,bus=rp2,vfs=4,drive=b0,vf-drives=b1:b2:b3:b4,packed=on
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/admin.sh
. tools/testing/lab/scenarios/lib/admin_faults.sh

format_is() { [ "$(counter "$pf" stats format)" = "$1" ]; }

# rows: root port, card, driver, ring format
rows='rp0,pf0,virtio_net,packed
rp1,pf1,virtio_blk,split
rp2,pf2,virtio_blk,packed'

plan $(((faults_results + 1) * $(wc -l <<<"$rows")))
while IFS=, read -r port card upper format <&3; do
	faults_on "${upper#virtio_}, $format" "$port" "$card" "$upper" 4
	result "the ring was $format" format_is "$format"
	set_vfs "$pf" 0
done 3<<<"$rows"
