#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-vp
# about: VFs of the card as vDPA devices by vp_vdpa: network and disk of the host, refusals, removal under load
# limit: 600
# where: vm
# kernel: 6.1
# when: full
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vp.sh

# files of random length come back as they were
ext4() {
	local round
	mkfs.ext4 -q "$disk" && mkdir -p "$tmp/mnt" && mount "$disk" "$tmp/mnt" || return 1
	for round in 1 2 3 4; do
		head -c "$((round * 1234567))" /dev/urandom >"$tmp/mnt/$round" || return 1
	done
	(cd "$tmp/mnt" && sha256sum ?) >"$tmp/sums"
	umount "$tmp/mnt" && echo 3 >/proc/sys/vm/drop_caches && mount "$disk" "$tmp/mnt" &&
		(cd "$tmp/mnt" && sha256sum --quiet -c "$tmp/sums") && umount "$tmp/mnt" &&
		e2fsck -fn "$disk" >"$tmp/fsck" 2>&1
}
verify() {
	fio --name=verify --filename="$disk" --direct=1 --ioengine=libaio --iodepth=16 \
		--verify=crc32c --do_verify=1 --size=8m "$@" >"$tmp/fio" 2>&1 ||
		{ sed 's/^/# /' "$tmp/fio"; return 1; }
}
irqs_of() { grep -c "vp_vdpa-$1-" /proc/interrupts; }

plan 25
vdpa_load virtio_vdpa
check_that "two VFs of the net PF are vp_vdpa's" vp_vfs rp0 2
nets=("${vp_vfs[@]}")
check_that "each is a management device" says "pci/${nets[0]}:" vdpa mgmtdev show
check_that "the first NIC" vdpa dev add name n0 mgmtdev "pci/${nets[0]}"
check_that "the second NIC" vdpa dev add name n1 mgmtdev "pci/${nets[1]}"
check_that "a function has one device" fails "as many devices as it can have" vdpa dev add name n2 mgmtdev "pci/${nets[0]}"
check_that "its interface" into_ns n0 10.0.2.21
check_that "the other's" into_ns n1 10.0.2.22
check_that "an interrupt for each queue, and one more" [ "$(irqs_of "${nets[0]}")" = 4 ]
check_that "ping, ARP by itself" wait_for 20 in_ns n0 ping -c 3 -i 0.2 -W 2 10.0.2.22
check_that "ping of the largest unfragmented size" in_ns n0 ping -c 2 -i 0.2 -W 2 -M "do" -s 1472 10.0.2.22
check_that "ping through the card's uplink" in_ns n0 ping -c 2 -i 0.2 -W 2 10.0.2.2
check_that "flood" says " 0% packet loss" in_ns n0 ping -q -f -c 500 10.0.2.22
in_ns n1 iperf3 -s -D -1 --pidfile "$tmp/iperf"
wait_for 10 in_ns n1 ss -Hltn sport = :5201 src 0.0.0.0/0
check_that "a TCP stream" in_ns n0 iperf3 -c 10.0.2.22 -t 3 -P 2 --json --logfile "$tmp/stream"
sed -n 's/.*"bits_per_second":[[:space:]]*\([0-9.e+]*\).*/\1/p' "$tmp/stream" | tail -n 1 |
	awk '{ printf "# %.0f Mbit/s\n", $1 / 1e6 }'
check_that "its kicks and interrupts are counted" eval \
	'[ "$(stat_of n0 1 kicks)" -gt 500 ] && [ "$(stat_of n0 0 interrupts)" -gt 100 ]'
check_that "its configuration" says "$(in_ns n0 cat /sys/class/net/eth9/address)" vdpa dev config show n0
# QEMU's shadow queues refuse a NIC that has it
check_that "GUEST_ANNOUNCE is offered only if it is asked for" eval \
	'vdpa dev config show n0 | grep negotiated_features >"$tmp/features" && grep -qw CTRL_VQ "$tmp/features" && ! grep -qw GUEST_ANNOUNCE "$tmp/features"'

check_that "a VF of the block PF" vp_vfs rp1 1
blk=${vp_vfs[0]}
check_that "a disk" eval 'vdpa dev add name b0 mgmtdev "pci/$blk" && wait_for 20 disk_of b0'
disk=/dev/$(disk_of b0)
check_that "4k random writes, verified" verify --rw=randwrite --bs=4k
check_that "odd sizes, mixed" verify --rw=randrw --bsrange=512-128k --bs_unaligned=0 --blockalign=512
check_that "ext4, files come back" ext4

fio --name=load --filename="$disk" --direct=1 --ioengine=libaio --iodepth=16 --rw=randrw --bs=4k \
	--time_based --runtime=10 >"$tmp/load" 2>&1 &
load=$!
in_ns n0 ping -q -f -w 20 10.0.2.22 >"$tmp/flood" 2>&1 &
flood=$!
sleep 1
check_that "a NIC is deleted under load" vdpa dev del n1
check_that "a function is unbound under load" unbind "${nets[0]}"
check_that "so is the disk's" unbind "$blk"
kill -INT $flood
wait $flood || echo "# the flood ended with $?"
wait $load || echo "# fio ended with $?, as it should without its disk"
for ns in n0 n1; do
	ip netns delete $ns
done
check_that "no interrupt is left" [ "$(irqs_of 0000)" = 0 ]
rmmod vp_vdpa virtio_vdpa vdpa
