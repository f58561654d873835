#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: card-switch
# about: stock virtio_net on PF and VFs: all reach each other and the uplink
# when: full
# limit: 120
# where: vm
# kernel: 6.1
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh

uplink=10.0.2.2	# the user network's own host

# host NAME FUNCTION ADDRESS: a network namespace with the function's interface
host() {
	local interface
	interface=$(basename /sys/bus/pci/devices/"$2"/virtio*/net/*)
	ip netns add "$1"
	ip link set "$interface" netns "$1" name eth0
	ip -n "$1" addr add "$3/24" dev eth0
	ip -n "$1" link set eth0 up
}

# reaches NAME ADDRESS [COUNT]: the first answer may be late (ARP), none is lost
reaches() { ip netns exec "$1" ping -q -i 0.1 -c "${3:-3}" -w 20 "$2" | grep ' 0% packet loss' >/dev/null; }

frames() { ip netns exec "$1" cat /sys/class/net/eth0/statistics/rx_packets; }

# once addresses are known, a port sees nothing of what others say
overhears_nothing() {
	local before seen
	reaches vf0 10.0.2.111 || return 1
	before=$(frames vf2)
	reaches vf0 10.0.2.111 50 || return 1
	seen=$(($(frames vf2) - before))
	echo "# vf2 saw $seen frames while vf0 and vf1 exchanged 100"
	[ $seen -lt 20 ]
}

# flood NAME COUNT: frames to all ports, of a type for experiments
flood() {
	ip netns exec "$1" python3 - "$2" <<'END'
import socket, sys
port = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
port.bind(("eth0", 0))
frame = bytes.fromhex("ff" * 6) + port.getsockname()[4] + b"\x88\xb5" + bytes(46)
for _ in range(int(sys.argv[1])):
    port.send(frame)
END
}

# lost_at VF: frames that its port could not pass on, as the emulator counts them
lost_at() {
	card qmp '{"execute":"human-monitor-command","arguments":{"command-line":"info network"}}' |
		sed -n "s/.*switch-pf0-pf0\.$1:.*lost=\([0-9]*\).*/\1/p"
}

# more than its queue and its port hold are on the way to an interface that is down
silent_port_stops_nobody() {
	ip netns exec vf2 ip link set eth0 down
	flood vf0 3000
	echo "# lost at vf2's port: $(lost_at vf2)"
	sleep 1	# the others take in what waits for them
	[ "$(lost_at vf2)" -gt 0 ] && reaches vf0 10.0.2.111 && reaches vf0 $uplink
}

comes_back() {
	ip netns exec vf2 ip link set eth0 up
	reaches vf2 10.0.2.110
}

plan 9
pf=$(pf_of rp0)
set_vfs "$pf" 3
udevadm settle --timeout=30
mapfile -t vfs < <(vfs_of "$pf")
host pf "$pf" 10.0.2.100
for n in 0 1 2; do
	host "vf$n" "${vfs[n]}" "10.0.2.11$n"
done
check_that "PF to VF" reaches pf 10.0.2.110
check_that "VF to VF" reaches vf1 10.0.2.112
check_that "VF to PF" reaches vf2 10.0.2.100
check_that "PF to the uplink" reaches pf $uplink
check_that "VF to the uplink" reaches vf0 $uplink
check_that "frames go to the one port that is meant" overhears_nothing
check_that "a port that takes nothing stops nobody" silent_port_stops_nobody
check_that "and works when it takes frames again" comes_back

# 3000 frames went through rings of 1024, whose pages are anywhere in memory
check_that "no DMA went astray" [ "$(dmesg | grep -c 'DMAR:.* fault addr')" = 0 ]
