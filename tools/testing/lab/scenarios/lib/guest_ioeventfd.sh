# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The part of guest-ioeventfd inside the VM: the same guest with and without
# VFIO_DEVICE_IOEVENTFD. Who notified is told by the card's counters, and by how
# often the variant was written to at the notify register.
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh

export GUEST_QEMU="/run/qemu -L /usr/share/qemu -L /usr/share/seabios"
host=10.0.2.200
queues=4
writes_to_notify='kprobe:virtiovf_bar0_write /(*(uint64*)arg3 & 0xffffffffff) == 16/ { @writes = count(); }'

# count_start, count_end: $writes is the number in between
count_start() {
	bpftrace -e "BEGIN { printf(\"on\\n\"); @writes = count(); } $writes_to_notify" >"$tmp/trace" 2>&1 &
	tracer=$!
	for _ in {1..300}; do
		! grep -qx on "$tmp/trace" || return 0
		sleep 0.1
	done
	sed 's/^/# /' "$tmp/trace"
	return 1
}
# bpftrace loses a signal that comes while it does not wait for events: tell it again
count_end() {
	for _ in {1..20}; do
		kill -INT $tracer 2>/dev/null || break
		sleep 1
	done
	! kill -KILL $tracer 2>/dev/null || echo "# bpftrace did not end"
	wait $tracer
	writes=$(($(sed -n 's/^@writes: //p' "$tmp/trace" | tail -n 1) - 1))
}

notifications() { echo $(($(card_count pf0 0 notifies member) + $(card_count pf1 0 notifies member))); }

# run_guest NAME OPTIONS: $notified and $writes meanwhile
run_guest() {
	local before status
	before=$(notifications)
	count_start || return 1
	guest "$1" --vf "$net" --vf "$blk" --vf-options "$2" -- virtio net=eth0,dhcp "ping=$UPLINK,50" \
		"flow=$host,tcp,up,3" disk=/dev/vda,4
	status=$?
	count_end
	notified=$(($(notifications) - before))
	echo "# $1: $notified notifications seen by the card, $writes writes of the register by QEMU," \
		"$(field "$1" flow mbit_per_second) Mbit/s, ping $(field "$1" ping mean_us) us"
	return $status
}

plan 9
modprobe virtio-vfio-pci
install -m 755 out/guest-qemu/qemu /run/qemu
net=$(vfs_for_guests rp0 1 "$VF_DRIVER")
blk=$(vfs_for_guests rp1 1 "$VF_DRIVER")
host_serves $host
check_that "without the option: network and disk" run_guest without x-legacy-notify-queues=0
check_that "QEMU wrote each notification" [ "$writes" -ge "$notified" -a "$notified" -gt 100 ]
check_that "with it: network and disk" run_guest with x-legacy-notify-queues=$queues
check_that "the legacy way" is_field with virtio way "$(printf 'legacy\nlegacy')"
check_that "the device was notified" [ "$notified" -gt 100 ]
check_that "and QEMU wrote none of that" [ "$writes" = 0 ]
check_that "QEMU says so" [ "$(grep -c "kernel notifies $queues of $queues" /lab-out/guest-with-qemu.log)" = 2 ]
card faults pf0 'vf0:notify=none'
check_that "a device that names no address: QEMU writes, the guest works" eval \
	'run_guest no-address x-legacy-notify-queues=$queues && [ "$writes" -gt 0 ]'
card faults pf0 ''
check_that "nothing is held" eval 'nothing_held rp0 0 && nothing_held rp1 0'
pkill -x iperf3
