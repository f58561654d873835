#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: intx
# about: a legacy guest without MSI-X beside the same guest with it, on the same VFs: echoes and reads in a second
# quick: no
# limit: 600
# sides: ours
# disks: yes
#
# intx-cost is how many times as fast the guest with MSI-X is. At a depth of 1 each request
# waits for its interrupt: intx-more is by how much longer, for the two exits that a line costs,
# the read of the ISR status and the end of interrupt.
set -eu
. tools/testing/bench/vm/lib.sh

host=10.0.2.200
seconds=$(quick_or 2 5)
echoes=$(quick_or 500 3000)

# measure line|msix: "CASE VALUE" lines, in a second
measure() {
	local words=() vectors=yes
	[ "$1" = msix ] || words=(--append pci=nomsi) vectors=no
	tools/testing/lab/guest/run --legacy "${words[@]}" --vf "$vf" --vf "$disk" -- \
		net=eth0,10.0.2.201/24 "ping=$host,50" "ping=$host,$echoes" \
		"rate=/dev/vda,8,1" "rate=/dev/vda,8,$seconds" "rate=/dev/vda,1,$seconds" virtio \
		</dev/null >/tmp/guest
	/usr/bin/python3 -c '
import json, sys
found = {}
for line in open("/tmp/guest"):
    report = json.loads(line)
    if report["report"] == "ping":
        found["ping"] = 1e6 / float(report["mean_us"])
    elif report["report"] == "rate":
        found["depth-" + report["depth"]] = float(report["per_second"])
    elif report["report"] == "virtio" and (report["vectors"] != "0") != (sys.argv[1] == "yes"):
        sys.exit("%s vectors in the guest" % report["vectors"])
for case in "ping", "depth-8", "depth-1":
    print(case, "%.1f" % found[case])
' $vectors
}

bench_vfs 1
disk_pf=$(pf_of rp1)
echo 0 >"/sys/bus/pci/devices/$disk_pf/sriov_drivers_autoprobe"
set_vfs "$disk_pf" 1
disk=$(vfs_of "$disk_pf")
give_to "$VARIANT" "$disk"
interface=$(basename "/sys/bus/pci/devices/$PF"/virtio*/net/*)
ip link set "$interface" up
ip addr add $host/24 dev "$interface"
: >/tmp/intx
# one guest may be faster than the next one of its kind, for as long as it runs
for _ in $(seq "$(quick_or 1 3)"); do
	for kind in line msix; do
		measure $kind >/tmp/measured
		sed "s/^/$kind /" /tmp/measured >>/tmp/intx
	done
done
/usr/bin/python3 -c '
import statistics
found = {}
for line in open("/tmp/intx"):
    kind, case, value = line.split()
    found.setdefault((case, kind), []).append(float(value))
units = {"ping": "echoes/s"}
for case in "ping", "depth-8", "depth-1":
    of = {}
    for kind in "line", "msix":
        of[kind] = statistics.median(found[case, kind])
        print("intx-rate %s,%s %s %.1f" % (case, kind, units.get(case, "reads/s"), of[kind]))
    print("intx-cost %s n %.3f" % (case, of["msix"] / of["line"]))
    if case != "depth-8":
        print("intx-more %s us %.1f" % (case, 1e6 / of["line"] - 1e6 / of["msix"]))
'
ip addr del $host/24 dev "$interface"
set_vfs "$disk_pf" 0
only_vfs 0
