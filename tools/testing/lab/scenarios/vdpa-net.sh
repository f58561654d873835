#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-net
# about: two simulated NICs under virtio_net talk: ping, streams, filters, queues, removal under load
# limit: 300
# where: vm
# kernel: 6.1
# device:
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/vdpa.sh

nic() {
	local name=$1 ip=$2
	shift 2
	vdpa dev add name "$name" mgmtdev vdpasim_net "$@" && into_ns "$name" "$ip"
}

plan 17
modprobe vdpa_sim ring_reset=1 indirect_desc=1
modprobe vdpa_sim_net ctrl_rx=1
vdpa_load virtio_vdpa
check_that "the first NIC" nic n0 10.7.0.1 mac 02:00:00:00:00:01 max_vqp 2 mtu 1500
check_that "the second NIC" nic n1 10.7.0.2 mac 02:00:00:00:00:02
check_that "ping, ARP by itself" in_ns n0 ping -c 3 -i 0.2 -W 2 10.7.0.2
check_that "ping of the largest unfragmented size" in_ns n0 ping -c 2 -i 0.2 -W 2 -M "do" -s 1472 10.7.0.2
check_that "ping in fragments" in_ns n0 ping -c 2 -i 0.2 -W 2 -s 20000 10.7.0.2
check_that "flood" says " 0% packet loss" in_ns n0 ping -q -f -c 500 10.7.0.2
check_that "so far what one sent the other received" [ "$(stat_of n0 1 drops)" = 0 ]

in_ns n1 iperf3 -s -D -1 --pidfile "$tmp/iperf"
wait_for 10 in_ns n1 ss -Hltn sport = :5201 src 0.0.0.0/0
check_that "a TCP stream" in_ns n0 iperf3 -c 10.7.0.2 -t 3 -P 2 --json --logfile "$tmp/stream"
sed -n 's/.*"bits_per_second": *\([0-9]*\).*/\1/p' "$tmp/stream" | tail -n 1 |
	awk '{ printf "# %.0f Mbit/s\n", $1 / 1e6 }'
# a receiver that is slower than the stream loses frames, which TCP sends again
echo "# frames lost meanwhile: $(stat_of n0 1 drops)"

ip -n n0 link set eth9 address 02:00:00:00:00:77
check_that "the MAC changes by the control queue" says 02:00:00:00:00:77 vdpa dev config show n0
ip -n n1 neighbour flush dev eth9
check_that "and frames to the new one arrive" in_ns n1 ping -c 2 -i 0.2 -W 2 10.7.0.1
check_that "two queue pairs" in_ns n0 ethtool -L eth9 combined 2
check_that "more than there are is refused" fails "" in_ns n0 ethtool -L eth9 combined 3
check_that "rings are resized by a queue reset" in_ns n0 ethtool -G eth9 rx 256 tx 256
check_that "ping after that" in_ns n0 ping -c 2 -i 0.2 -W 2 10.7.0.2

ip -n n0 link add link eth9 name v5 type vlan id 5
ip -n n1 link add link eth9 name v5 type vlan id 5
ip -n n0 address add 10.8.0.1/24 dev v5
ip -n n1 address add 10.8.0.2/24 dev v5
ip -n n0 link set v5 up
ip -n n1 link set v5 up
check_that "VLANs pass the filter" in_ns n0 ping -c 2 -i 0.2 -W 2 10.8.0.2

in_ns n0 ping -q -f -w 20 10.7.0.2 >"$tmp/flood" 2>&1 &
flood=$!
sleep 1
check_that "removal under load" vdpa dev del n1
check_that "and of the sender" vdpa dev del n0
kill -INT $flood
wait $flood || echo "# the flood ended with $?"
for ns in n0 n1; do
	ip netns delete $ns
done
rmmod vdpa_sim_net vdpa_sim virtio_vdpa vdpa
