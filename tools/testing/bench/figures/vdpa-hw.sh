#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-hw
# about: two VFs of the card under vp_vdpa and virtio_net: a stream, small packets, round trips; adding and opening; the same VFs under virtio_pci
# quick: yes
# limit: 240
set -euo pipefail
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/vdpa.sh

seconds=5 times=10
[ "${BENCH_QUICK:-}" != 1 ] || seconds=1 times=3
driver=vp_vdpa
[ "$BENCH_SIDE" = ours ] || driver=vp-vdpa

# The two sides put the interface at different places below the function
netdev_below() { find "/sys/bus/pci/devices/$1/" -mindepth 3 -maxdepth 5 -path '*/virtio*/net/*' -prune -printf '%f\n' | grep .; }
# in_place FUNCTION NAMESPACE ADDRESS
in_place() {
	wait_for 20 netdev_below "$1"
	udevadm settle --timeout=30
	ip netns add "$2"
	ip link set "$(netdev_below "$1")" netns "$2" name eth9
	ip -n "$2" address add "$3/24" dev eth9
	ip -n "$2" link set eth9 up
}
now_us() { local now=${EPOCHREALTIME/[^0-9]/}; echo "$now"; }

# traffic CASE: between the two namespaces
traffic() {
	wait_for 20 ip netns exec a ping -c 1 -W 1 10.0.2.22
	ip netns exec b iperf3 -s -D --pidfile "$tmp/iperf"
	wait_for 10 ip netns exec b ss -Hltn sport = :5201 src 0.0.0.0/0
	ip netns exec a iperf3 -c 10.0.2.22 -t $seconds --json >"$tmp/stream"
	awk -v what="$1" '/"sum_received"/ { at = 1 } at && /"bits_per_second"/ {
		gsub(/[^0-9.e+]/, "", $2); printf "vdpa-hw-stream %s Mbit/s %.1f\n", what, $2 / 1e6; exit }' "$tmp/stream"
	ip netns exec a iperf3 -c 10.0.2.22 -u -b 0 -l 64 -t $seconds --json >"$tmp/packets"
	# the sums of intervals come first
	awk -v what="$1" -v seconds=$seconds '/"end":/ { end = 1 } end && /"sum":/ { at = 1 }
		at && /"lost_packets":/ { lost = $2 + 0 } at && /"packets":/ { all = $2 + 0 }
		at && /}/ { printf "vdpa-hw-packets %s packets/s %.0f\n", what, (all - lost) / seconds; exit }' "$tmp/packets"
	kill "$(tr -d '\0' <"$tmp/iperf")"
	ip netns exec a ping -q -i 0.01 -c 300 10.0.2.22 >"$tmp/ping"
	awk -v what="$1" -F / '/^rtt/ { printf "vdpa-hw-rtt %s us %.1f\n", what, $5 * 1000 }' "$tmp/ping"
	ip netns delete a
	ip netns delete b
}

# costs FUNCTION: from `vdpa dev add` until there is an interface; a reset, by opening the file
costs() {
	local round start added=0 opened=0
	for ((round = 0; round < times; round++)); do
		start=$(now_us)
		vdpa dev add name bench mgmtdev "pci/$1"
		while ! netdev_below "$1" >"$tmp/name"; do :; done
		added=$((added + $(now_us) - start))
		udevadm settle --timeout=30
		vdpa dev del bench
	done
	echo "vdpa-hw-add virtio_net ms $((added / times / 1000)).$((added / times % 1000 / 100))"
	rmmod virtio_vdpa
	modprobe vhost_vdpa
	vdpa dev add name bench mgmtdev "pci/$1"
	wait_for 10 compgen -G "/sys/bus/vdpa/devices/bench/vhost-vdpa-*"
	udevadm settle --timeout=30
	file=/dev/$(basename /sys/bus/vdpa/devices/bench/vhost-vdpa-*)
	for ((round = 0; round < times; round++)); do
		start=$(now_us)
		{ :; } 8<>"$file"
		opened=$((opened + $(now_us) - start))
	done
	echo "vdpa-hw-open vhost_vdpa us $((opened / times))"
	vdpa dev del bench
	rmmod vhost_vdpa
}

pf=$(pf_of rp0)
echo 1 >"/sys/bus/pci/devices/$pf/sriov_drivers_autoprobe"
set_vfs "$pf" 2
udevadm settle --timeout=60
mapfile -t vfs < <(vfs_of "$pf")
[ ${#vfs[@]} = 2 ]
in_place "${vfs[0]}" a 10.0.2.21
in_place "${vfs[1]}" b 10.0.2.22
traffic virtio_pci | tee "$tmp/lines"
vdpa_load vp_vdpa virtio_vdpa
for vf in "${vfs[@]}"; do
	give_to $driver "$vf"
done
vdpa dev add name n0 mgmtdev "pci/${vfs[0]}"
vdpa dev add name n1 mgmtdev "pci/${vfs[1]}"
in_place "${vfs[0]}" a 10.0.2.21
in_place "${vfs[1]}" b 10.0.2.22
traffic virtio_vdpa | tee -a "$tmp/lines"
# how many times as long, or as little, by vDPA
awk '{ n[$1 " " $2] = $4; unit[$1] = $3 }
	END { for (f in unit) {
		pci = n[f " virtio_pci"]; vdpa = n[f " virtio_vdpa"]
		printf "vdpa-hw-by-pci %s n %.3f\n", substr(f, 9), unit[f] ~ /\/s$/ ? pci / vdpa : vdpa / pci
	} }' "$tmp/lines"
vdpa dev del n0
vdpa dev del n1
costs "${vfs[0]}"
for vf in "${vfs[@]}"; do
	echo >"/sys/bus/pci/devices/$vf/driver_override"
done
set_vfs "$pf" 0
rmmod vp_vdpa vdpa
