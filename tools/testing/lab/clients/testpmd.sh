# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154	# tmp is ktap.sh's, trees is trees.sh's
# In the VM: DPDK's testpmd with its vhost library as a NIC, by VDUSE or by vhost-user. Needs:
# lib/ktap.sh, lib/vdpa.sh, clients/trees.sh, and huge pages.

# testpmd as the other side of a NIC, which answers ARP and ping: pmd_start QUEUES INTERFACE, a
# VDUSE device or a socket of vhost-user's
pmd='' pmd_job='' interface=''
pmd_start() {
	interface=$2
	rm -f "$tmp/pmd"
	mkfifo "$tmp/pmd"
	mkdir -p /run/dpdk-lab
	# what it writes down is to be where one can write
	RUNTIME_DIRECTORY=/run/dpdk-lab chroot "$trees/trixie" dpdk-testpmd -l 0-1 --no-pci --in-memory --log-level=lib.eal:error --no-telemetry \
		-m 128 --vdev "net_vhost0,iface=$interface,queues=$1" -- -i --forward-mode=icmpecho \
		--total-num-mbufs=2048 --rxq="$1" --txq="$1" <"$tmp/pmd" >"$tmp/testpmd" 2>&1 &
	pmd_job=$!
	exec {pmd}>"$tmp/pmd"
	wait_for 60 grep -q 'testpmd>' "$tmp/testpmd" && echo start >&"$pmd" &&
		wait_for 20 [ -e "$interface" ] || { pmd_says; return 1; }
}
# its prompt has no end of the line
pmd_says() { (cat "$tmp/testpmd" && echo) | sed 's/^/# /'; }
pmd_end() {
	echo quit >&"$pmd"
	exec {pmd}>&-
	wait "$pmd_job" || { pmd_says; return 1; }
	pmd_job=
	[ ! -e "$interface" ]
}
host_nic() {
	vdpa dev add name nic0 mgmtdev vduse && bound nic0 virtio_vdpa && wait_for 10 netdev_of nic0 || return 1
	udevadm settle --timeout=30
	ip address add 10.7.0.1/24 dev "$(netdev_of nic0)" && ip link set "$(netdev_of nic0)" up
}
# answers ARGUMENTS...: of ping
answers() { says " 0% packet loss" ping -W 5 "$@" 10.7.0.2 || { pmd_says; return 1; }; }

# the same NIC by vhost-user: our program makes a VDUSE device of it
vu_pid='' socket=/run/dpdk-lab/socket
vu_start() {
	/lab/out/vduse/vduse-vhost-user -n nic0 -t net "$socket" >"$tmp/vu" 2>&1 &
	vu_pid=$!
	wait_for 20 grep -q 'is there' "$tmp/vu" || { sed 's/^/# /' "$tmp/vu"; return 1; }
}
vu_end() { kill "$vu_pid" && wait "$vu_pid" && [ ! -e /dev/vduse/nic0 ]; }
# however the scenario ends
pmd_kill() {
	[ -z "${pmd_job:-}" ] || kill -9 "$pmd_job" 2>"$tmp/kill" || :
	[ -z "${vu_pid:-}" ] || kill -9 "$vu_pid" 2>"$tmp/kill" || :
}
