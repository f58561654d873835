#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In the VM, with the disk of clients: unchanged programs of others as VDUSE daemons. The
# storage daemons of QEMU 10.0 and 11.1 serve a disk to the host and to a process;
# DPDK 24.11's vhost library serves a NIC, as a daemon and behind vduse-vhost-user: with one pair
# of queues, as it serves no queue before all are ready and a kernel driver is not offered more.
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vduse.sh
. tools/testing/lab/clients/trees.sh
. tools/testing/lab/clients/process.sh
. tools/testing/lab/clients/testpmd.sh

disk='' tree=''
at_end() {
	[ -z "${qsd_pid:-}" ] || kill -9 "$qsd_pid" 2>"$tmp/kill" || :
	pmd_kill
}

file=$tmp/disk

serve() { qsd_start v0 "$file" num-queues=2; }
is_release() { $qsd --version | grep -q "version $1\."; }
verify() {
	fio --name=verify --filename="$disk" --direct=1 --ioengine=libaio --iodepth=16 --rw=randwrite \
		--bsrange=512-128k --blockalign=512 --verify=crc32c --do_verify=1 --size=16m "$@" >"$tmp/fio" 2>&1 ||
		{ sed 's/^/# /' "$tmp/fio"; return 1; }
}
# it is killed while requests are in flight, and its successor goes on with them
survives_kill() {
	local load
	verify --time_based --runtime=15 --verify_backlog=256 &
	load=$!
	sleep 4
	kill -9 "$qsd_pid"
	wait "$qsd_pid"
	serve && wait $load
}
ext4() {
	mkfs.ext4 -q "$disk" && mkdir -p "$tmp/mnt" && mount "$disk" "$tmp/mnt" &&
		head -c 5000000 /dev/urandom >"$tmp/mnt/a" && sha256sum "$tmp/mnt/a" >"$tmp/sum" &&
		umount "$tmp/mnt" && mount "$disk" "$tmp/mnt" && sha256sum --quiet -c "$tmp/sum" &&
		umount "$tmp/mnt" && e2fsck -fn "$disk" >"$tmp/fsck" 2>&1
}

# QEMU 11.1's daemon leaves its device: its io_uring still polls the node when it destroys that
storage_results=10
storage() {
	tree=$1
	local release=$2 text="QSD $2"
	qsd="chroot $trees/$1 qemu-storage-daemon"
	rm -f "$file"
	truncate -s 64M "$file"
	check_that "$text: it is of that release" is_release "$release"
	check_that "$text: it makes a device" serve
	check_that "$text: a disk of the host" vduse_disk v0
	check_that "$text: verified" verify
	check_that "$text: ext4" ext4
	check_that "$text: killed under load, and restarted" survives_kill
	check_that "$text: off the bus" vdpa dev del v0
	check_that "$text: for a process" for_process v0 vduse
	check_that "$text: libblkio writes and reads" io "write -P 0xa5 4k 4k" "write -P 0x5a 1M 64k" \
		"read -P 0xa5 4k 4k" "read -P 0x5a 1M 64k" flush
	check_that "$text: off the bus" vdpa dev del v0
}

network_results=7
network() {
	local text="DPDK, $1 pairs of queues"
	check_that "$text: testpmd makes a NIC" pmd_start "$1" /dev/vduse/nic0
	check_that "$text: of the host" host_nic
	check_that "$text: it answers" answers -c 5
	check_that "$text: 300 packets" answers -q -f -c 300
	check_that "$text: 1400 bytes" answers -c 3 -s 1400
	check_that "$text: off the bus" vdpa dev del nic0
	check_that "$text: testpmd ends, and its device goes" pmd_end
}

# the interface and its link are there all the time
nic_stays() {
	local nic index
	nic=$(netdev_of nic0)
	index=$(cat "/sys/class/net/$nic/ifindex")
	pmd_end && [ "$(cat "/sys/class/net/$nic/carrier")" = 1 ] && pmd_start 1 "$socket" &&
		wait_for 20 grep -q 'a back end again' "$tmp/vu" &&
		[ "$(cat "/sys/class/net/$nic/carrier")" = 1 ] && [ "$(cat "/sys/class/net/$nic/ifindex")" = "$index" ]
}

vhost_user_results=11
vhost_user() {
	local text="DPDK by vhost-user"
	check_that "$text: testpmd listens" pmd_start 1 "$socket"
	check_that "$text: a device of it" vu_start
	check_that "$text: of the host" host_nic
	check_that "$text: it answers" answers -c 5
	check_that "$text: 300 packets" answers -q -f -c 300
	check_that "$text: 1400 bytes" answers -c 3 -s 1400
	check_that "$text: testpmd is restarted, the NIC stays" nic_stays
	check_that "$text: it answers" answers -c 5
	check_that "$text: off the bus" vdpa dev del nic0
	check_that "$text: the program ends, and its device goes" vu_end
	check_that "$text: testpmd ends" pmd_end
}

plan $((1 + 2 * storage_results + 1 + network_results + vhost_user_results))
vdpa_load vduse virtio_vdpa vhost_vdpa
check_that "the disk of clients" enter_trees
storage trixie 10
check_that "QSD 10: the daemon ends, and its device goes" qsd_end v0
storage trixie-backports 11
echo 128 >/proc/sys/vm/nr_hugepages
network 1
vhost_user
