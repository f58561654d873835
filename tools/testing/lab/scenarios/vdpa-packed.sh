#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-packed
# about: packed rings on the simulator: NICs under virtio_net, a disk under virtio_blk with verification
# when: full
# limit: 300
# where: vm
# kernel: 6.1
# device:
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/vdpa.sh

# bits NUMBER...: the mask with these bits
bits() {
	local mask=0 bit
	for bit in "$@"; do
		mask=$((mask | 1 << bit))
	done
	printf '%#x\n' $mask
}
packed=34
rings="28 29 $packed"	# with indirect tables and event suppression by place
any="32 33 40"
net="3 5 16 17 18 19 20 23 $any"
blk="1 2 6 9 10 12 13 14 $any"
add() { /lab/out/selftests/vdpa/add "$@"; }

# negotiated DEVICE BIT
negotiated() { [ "$(cut -c $(($2 + 1)) "/sys/bus/vdpa/devices/$1"/virtio*/features)" = 1 ]; }
is_packed() { negotiated "$1" $packed; }
is_split() { ! negotiated "$1" $packed; }

# nic NAME IP MAC FEATURE...: in a network namespace of its own
nic() {
	local name=$1 ip=$2 mac=$3
	shift 3
	add "$name" vdpasim_net "$mac" "$(bits "$@")" && into_ns "$name" "$ip"
}
no_loss() { says " 0% packet loss" "$@"; }
stream() {
	in_ns "$2" iperf3 -s -D -1 --pidfile "$tmp/iperf-$2"
	wait_for 10 in_ns "$2" ss -Hltn sport = :5201 src 0.0.0.0/0 &&
		in_ns "$1" iperf3 -c "$3" -t 3 -P 2 --json --logfile "$tmp/stream-$1"
}
disk_is() {
	add "$1" vdpasim_blk - "$2" && wait_for 10 disk_of "$1" && disk=/dev/$(disk_of "$1")
}
verify() {
	fio --name=verify --filename="$disk" --direct=1 --ioengine=libaio --iodepth=16 \
		--verify=crc32c --do_verify=1 --size=16m "$@" >"$tmp/fio" 2>&1 ||
		{ sed 's/^/# /' "$tmp/fio"; return 1; }
}
disk=

plan 19
vdpa_load vdpa_sim_net vdpa_sim_blk virtio_vdpa
# shellcheck disable=SC2086
{
	check_that "a NIC with packed rings" nic p0 10.7.0.1 02:00:00:00:00:01 $net $rings
	check_that "one whose rings have neither tables nor places" nic p1 10.7.0.2 02:00:00:00:00:02 $net $packed
}
vdpa dev add name s0 mgmtdev vdpasim_net
check_that "its rings are packed" is_packed p0
check_that "the other one's as well" is_packed p1
check_that "nobody's who did not ask" wait_for 10 is_split s0
vdpa dev del s0
check_that "ping, ARP by itself" no_loss in_ns p0 ping -c 3 -i 0.2 -W 2 10.7.0.2
check_that "ping in fragments" no_loss in_ns p1 ping -c 2 -i 0.2 -W 2 -s 20000 10.7.0.1
check_that "flood, many laps of the ring" no_loss in_ns p0 ping -q -f -c 3000 10.7.0.2
check_that "a TCP stream" stream p0 p1 10.7.0.2
check_that "and the other way" stream p1 p0 10.7.0.1
check_that "rings are resized by a queue reset" in_ns p0 ethtool -G eth9 rx 256 tx 128
check_that "flood after that" no_loss in_ns p1 ping -q -f -c 1000 10.7.0.1
check_that "removal of both" eval 'vdpa dev del p0 && vdpa dev del p1'
ip netns delete p0
ip netns delete p1

# shellcheck disable=SC2086
check_that "a disk with packed rings" disk_is b0 "$(bits $blk $rings)"
check_that "the disk's rings are packed" is_packed b0
check_that "4k random writes, verified" verify --rw=randwrite --bs=4k
check_that "odd sizes, mixed, verified" verify --rw=randrw --bsrange=512-128k --bs_unaligned=0 --blockalign=512
check_that "128k in sequence, verified" verify --rw=write --bs=128k --size=64m
check_that "removal of the disk" vdpa dev del b0
rmmod vdpa_sim_net vdpa_sim_blk vdpa_sim virtio_vdpa vdpa
