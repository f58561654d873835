#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: guest-probe
# about: a nested legacy guest's probe, its first access to DRIVER_OK, and the commands of its boot
# quick: no
# limit: 180
#
# Seen from the host, where each access ends in one of four functions that both
# sides have: probes on them give the times, and the values written to the
# device status. Of the probe's time, guest-probe-commands-time was spent in these
# functions, and guest-probe-irqs-time in ioctls of vfio-pci's core, which all set up
# or take down MSI-X vectors. The rest is the guest's, its processor's and its VMM's.
set -eu
. tools/testing/bench/vm/lib.sh

tracing=/sys/kernel/tracing
api=virtio_pci_admin_legacy

# arguments of the calls: VF, offset, size, buffer
probes_on() {
	echo "p:bench/ioctl vfio_pci_core_ioctl"
	echo "r:bench/answered vfio_pci_core_ioctl"
	echo "p:bench/common_read ${api}_common_io_read offset=%si:u8"
	echo "p:bench/common_write ${api}_common_io_write offset=%si:u8 value=+0(%cx):u8"
	echo "p:bench/device_read ${api}_device_io_read offset=%si:u8"
	echo "p:bench/device_write ${api}_device_io_write offset=%si:u8"
	for call in common_io_read common_io_write device_io_read device_io_write; do
		echo "r:bench/end_$call ${api}_$call"
	done
}

# probe_time TRACE: from the first access after a reset that nothing came before,
# to the end of the write with DRIVER_OK; and the commands until then, and in all
probe_time() {
	awk '{
		time = 0
		for (i = 1; i <= NF; i++)
			if ($i ~ /^[0-9]+\.[0-9]+:$/) { time = substr($i, 1, length($i) - 1); event = $(i + 1) }
		if (!time || ok == 2 && event !~ /^(common|device)_/)
			next
	}
	event == "ioctl:" { asked = time; next }
	event == "answered:" { if (start) irqs += time - asked; next }
	event ~ /^end_/ {
		within += time - began
		if (ok == 1) { end = time; ok = 2 }
		next
	}
	{
		began = time
		all++
		if (!start)
			start = time
		if (!ok && /common_write: .*offset=18 / && match($0, /value=[0-9]+/)) {
			value = substr($0, RSTART + 6, RLENGTH - 6)
			if (int(value / 4) % 2) { ok = 1; commands = all }
		}
	}
	END {
		if (ok != 2)
			exit 1
		printf "guest-probe sync ms %.3f\n", (end - start) * 1000
		printf "guest-probe-commands-time sync ms %.3f\n", within * 1000
		printf "guest-probe-irqs-time sync ms %.3f\n", irqs * 1000
		printf "guest-probe-commands sync n %d\n", commands
		printf "guest-boot-commands sync n %d\n", all
	}' "$1"
}

bench_vfs 1
probes_on >$tracing/kprobe_events
echo 1 >$tracing/events/bench/enable
for _ in $(seq "$(quick_or 1 3)"); do
	echo >$tracing/trace
	tools/testing/lab/guest/run --legacy --vf "$vf" -- virtio </dev/null >/tmp/guest
	grep -q '"way":"legacy"' /tmp/guest || { echo "the guest did not take the legacy way" >&2; exit 1; }
	cat $tracing/trace >/tmp/trace
	probe_time /tmp/trace
done
echo 0 >$tracing/events/bench/enable
echo >$tracing/kprobe_events
only_vfs 0
