#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In the VM, with the disk of clients: libblkio's virtio-blk-vhost-vdpa drives a
# simulated disk, through the next release's qemu-io; DPDK's testpmd a simulated NIC.
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/clients/trees.sh
. tools/testing/lab/clients/process.sh

tree=trixie
io_fails() { ! io "$@" >"$tmp/fails"; }

libblkio() {
	check_that "libblkio: a simulated disk for a process" for_process b0 vdpasim_blk
	check_that "libblkio: it is all zeroes" io "read -P 0 0 64M"
	check_that "libblkio: 4k, 64k and 1M patterns, written and read back" io \
		"write -P 0xa5 4k 4k" "write -P 0x5a 1M 64k" "write -P 0x3c 8M 1M" \
		"read -P 0xa5 4k 4k" "read -P 0x5a 1M 64k" "read -P 0x3c 8M 1M" "read -P 0 8k 4k"
	check_that "libblkio: another process reads them" io "read -P 0x5a 1M 64k" "read -P 0x3c 8M 1M"
	check_that "libblkio: a wrong pattern is seen to be one" io_fails "read -P 0x11 1M 64k"
	check_that "libblkio: flush, discard, written zeroes" io "flush" "discard 1M 64k" \
		"read -P 0 1M 64k" "write -z 8M 512k" "read -P 0 8M 512k" "read -P 0x3c 8704k 512k"
	check_that "libblkio: beyond the end is an error" io_fails "read 128M 4k"
	check_that "libblkio: nothing is pinned any more" nothing_pinned
	vdpa dev del b0
}

# testpmd answers ARP and ping on its NIC; it takes commands from $pmd
pmd='' sim_rx='' sim_tx=''
testpmd_start() {
	mkfifo "$tmp/pmd"
	in_tree trixie dpdk-testpmd -l 0-1 --no-pci --in-memory --iova-mode=va \
		--log-level=lib.eal:error --no-telemetry -m 128 \
		--vdev "net_virtio_user0,path=$node,mac=02:00:00:00:00:99" -- \
		-i --forward-mode=icmpecho --total-num-mbufs=2048 \
		<"$tmp/pmd" >"$tmp/testpmd" 2>&1 &
	pmd_job=$!
	exec {pmd}>"$tmp/pmd"
	wait_for 60 grep -q 'testpmd>' "$tmp/testpmd" && echo start >&"$pmd" ||
		{ sed 's/^/# /' "$tmp/testpmd"; return 1; }
}
host_nic() {
	modprobe virtio_vdpa
	vdpa dev add name host mgmtdev vdpasim_net &&
		bound host virtio_vdpa &&
		wait_for 10 netdev_of host || return 1
	udevadm settle --timeout=30
	# what nobody asked for would be counted as well
	echo 1 >"/proc/sys/net/ipv6/conf/$(netdev_of host)/disable_ipv6"
	ip address add 10.7.0.1/24 dev "$(netdev_of host)"
	ip link set "$(netdev_of host)" up
}
# pmd_total RX|TX: what testpmd counted
pmd_total() { sed -n "s/^ *$1-packets: *\([0-9]*\).*/\1/p" "$tmp/testpmd" | tail -n 1; }
# Its output comes at its end, the device's figures go with its reset
testpmd_quit() {
	echo stop >&"$pmd"
	sleep 2
	sim_rx=$(stat_of pmd 0 completed_desc) sim_tx=$(stat_of pmd 1 completed_desc)
	echo quit >&"$pmd"
	exec {pmd}>&-
	wait "$pmd_job"
}
both_sides_agree() {
	local rx tx
	rx=$(pmd_total RX) tx=$(pmd_total TX)
	echo "# received: testpmd $rx, device $sim_rx; sent: testpmd $tx, device $sim_tx"
	[ "${rx:-0}" -gt 500 ] && [ "$rx" = "$sim_rx" ] && [ "$tx" = "$sim_tx" ]
}

dpdk() {
	echo 128 >/proc/sys/vm/nr_hugepages
	check_that "DPDK: a NIC for a process" for_process pmd vdpasim_net
	check_that "DPDK: one for the host" host_nic
	check_that "DPDK: testpmd takes it" testpmd_start
	check_that "DPDK: the host reaches it" says " 0% packet loss" ping -c 3 -W 2 10.7.0.2
	check_that "DPDK: 500 packets at once" says " 0% packet loss" ping -q -f -c 500 10.7.0.2
	check_that "DPDK: 1400 bytes" says " 0% packet loss" ping -q -c 3 -i 0.2 -W 2 -s 1400 10.7.0.2
	check_that "DPDK: testpmd ends" testpmd_quit
	check_that "DPDK: testpmd and the device counted the same" both_sides_agree
	check_that "DPDK: nothing is pinned any more" nothing_pinned
	vdpa dev del pmd
	vdpa dev del host
}

plan 18
vdpa_load vdpa_sim_blk vdpa_sim_net vhost_vdpa
check_that "the disk of clients" enter_trees
libblkio
dpdk
