#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vduse
# about: fio on disks of VDUSE daemons: the storage daemon's null disk, and a null daemon of ours
# quick: yes
# limit: 300
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vduse.sh

seconds=3
[ "${BENCH_QUICK:-}" != 1 ] || seconds=1

disk='' daemon=''
at_end() { [ -z "$daemon" ] || kill -9 "$daemon" 2>"$tmp/kill" || :; }

# busy ticks of all CPUs but for the daemons' own: the kernel's, in system calls and interrupts
kernel_ticks() { awk '/^cpu / { print $4 + $7 + $8 }' /proc/stat; }

# flow CASE UNIT FIELD ARGUMENTS...: field 8 of fio's terse form is a read's IO/s, 7 its KiB/s
flow() {
	local what=$1 unit=$2 field=$3
	shift 3
	fio --name=bench --filename="$disk" --direct=1 --ioengine=libaio --time_based \
		--runtime=$seconds --ramp_time=1 --size=64m --output-format=terse \
		--terse-version=3 "$@" | awk -F ';' -v at="$field" -v what="$what" -v unit="$unit" \
		'/^3;/ { print "vduse", what, unit, $at }'
}
# kernel time for a request, at depth 16, without a ramp: all of it is counted
cost() {
	local before ran
	before=$(kernel_ticks)
	ran=$(fio --name=bench --filename="$disk" --direct=1 --ioengine=libaio --time_based --iodepth=16 \
		--runtime=$seconds --size=64m --rw=randread --bs=4k --output-format=terse --terse-version=3 |
		awk -F ';' '/^3;/ { print $8 * $9 / 1000 }')
	awk -v ticks="$(($(kernel_ticks) - before))" -v ran="$ran" -v hz="$(getconf CLK_TCK)" -v what="$1" \
		'BEGIN { print "vduse-cpu", what, "us", ticks / hz * 1e6 / ran }'
}
flows() {
	flow "$1,4k-1" IO/s 8 --rw=randread --bs=4k --iodepth=1
	flow "$1,4k-16" IO/s 8 --rw=randread --bs=4k --iodepth=16
}

# null_start OPTION...: our null daemon; the kernel's own has no more than completions by ioctl
null_start() {
	/lab/out/vduse/vduse-null "$@" >"$tmp/null" 2>&1 &
	daemon=$!
	wait_for 10 grep -q 'is there' "$tmp/null"
	vduse_disk null0
}
null_end() {
	vdpa dev del null0
	kill "$daemon"
	wait "$daemon"
	daemon=''
}
best=()
[ "$BENCH_SIDE" != ours ] || best=(-c -u)

# another device's command while a stopped daemon's device is being added, which waits for it
ms() { echo $(($(date +%s%N) / 1000000)); }
another() {
	local begin
	begin=$(ms)
	vdpa dev add name other mgmtdev vdpasim_net
	vdpa dev del other
	echo "vduse-another $1 ms $(($(ms) - begin))"
}

echo 64 >/proc/sys/vm/nr_hugepages
vdpa_load vduse virtio_vdpa vdpa_sim_net
$qsd --blockdev driver=null-co,node-name=d0,size=67108864,read-zeroes=off \
	--export type=vduse-blk,id=e0,node-name=d0,writable=on,name=v0 >"$tmp/qsd-v0" 2>&1 &
qsd_pid=$!
daemon=$qsd_pid
wait_for 20 has_open "$qsd_pid" /dev/vduse/v0
vduse_disk v0
flows qsd
flow qsd,128k-16 KiB/s 7 --rw=read --bs=128k --iodepth=16
cost qsd
vdpa dev del v0
qsd_end v0
daemon=''

null_start
flows null,ioctl
cost null,ioctl
null_end
# the same daemon, by the best that each side has
null_start "${best[@]}"
flows null,best
cost null,best
null_end
null_start "${best[@]}" -p
flows null,polled
null_end

null_start
another quiet
vdpa dev del null0
kill -STOP "$daemon"
vdpa dev add name null0 mgmtdev vduse >"$tmp/add" 2>&1 &
adding=$!
sleep 1
another stopped
kill -CONT "$daemon"
wait $adding || :
vdpa dev del null0 || :
kill "$daemon"
wait "$daemon" || :
daemon=''
# mainline's device is broken for good after its daemon was stopped, and in use
[ "$BENCH_SIDE" != ours ] || rmmod vduse virtio_vdpa vdpa_sim_net
