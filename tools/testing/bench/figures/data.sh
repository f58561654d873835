#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: data
# about: what a guest's network carries on the same VF, with a legacy and with a modern driver
# quick: no
# limit: 600
set -eu
. tools/testing/bench/vm/lib.sh

host=10.0.2.200

# flow WAY: "protocol mbit/s packets/s" lines, what arrived
flows() {
	tools/testing/lab/guest/run "--$1" --vf "$vf" -- virtio net=eth0,10.0.2.201/24 \
		flow=$host,tcp,up,2 flow=$host,tcp,down,2 flow=$host,udp,up,2 </dev/null >/tmp/guest
	grep -q "\"way\":\"$1\"" /tmp/guest || { echo "the guest did not take the $1 way" >&2; return 1; }
	/usr/bin/python3 -c '
import json, sys
for line in open("/tmp/guest"):
    flow = json.loads(line)
    if flow["report"] != "flow":
        continue
    case = sys.argv[1] + "," + flow["direction"]
    if flow["protocol"] == "tcp":
        print("data-tcp", case, "Mbit/s", flow["mbit_per_second"])
    else:
        arrived = float(flow["packets"]) - float(flow["lost"])
        print("data-udp", case, "packets/s", "%.0f" % (arrived / float(flow["seconds"])))
' "$1"
}

bench_vfs 1
interface=$(basename "/sys/bus/pci/devices/$PF"/virtio*/net/*)
ip link set "$interface" up
ip addr add $host/24 dev "$interface"
iperf3 -s -D
# one guest may be twice as fast as the next one of the same side, for as long as it runs
for _ in 1 2 3; do
	for way in legacy modern; do
		flows $way
	done
done
pkill -x iperf3
only_vfs 0
