# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154	# tmp is ktap.sh's
# Helpers for vDPA scenarios, in the VM. Needs: lib/ktap.sh.

# vdpa_load MODULE...
vdpa_load() {
	local module
	for module in "$@"; do
		modprobe "$module"
	done
}

# below DEVICE: what the virtio driver made of a vDPA device: a network interface, a disk
netdev_of() { ls "/sys/bus/vdpa/devices/$1"/virtio*/net 2>"$tmp/err"; }
disk_of() { ls "/sys/bus/vdpa/devices/$1"/virtio*/block 2>"$tmp/err"; }

# into_ns DEVICE IP: its interface is eth9 of a network namespace of the device's name, so
# that the host does not answer by itself
into_ns() {
	wait_for 10 netdev_of "$1" || return 1
	udevadm settle --timeout=30
	ip netns add "$1"
	ip link set "$(netdev_of "$1")" netns "$1" name eth9
	ip -n "$1" address add "$2/24" dev eth9
	ip -n "$1" link set eth9 up
}
in_ns() { ip netns exec "$@"; }

# fails TEXT COMMAND...: it fails, and says TEXT
fails() {
	local text=$1
	shift
	if "$@" >"$tmp/out" 2>&1; then
		echo "# did not fail: $*"
		return 1
	fi
	grep -qiF "$text" "$tmp/out" || { sed 's/^/# /' "$tmp/out"; return 1; }
}

# says TEXT COMMAND...: it succeeds, and TEXT is in what it says
says() {
	local text=$1
	shift
	"$@" >"$tmp/out" 2>&1 && grep -qF -- "$text" "$tmp/out" || { sed 's/^/# /' "$tmp/out"; return 1; }
}

# stat_of DEVICE QUEUE NAME
stat_of() {
	vdpa dev vstats show "$1" qidx "$2" | tr -s ' ' '\n' | sed -n "/^$3\$/{n;p}"
}

# offer PARAMETER...: what simulated devices made from now on offer as well: indirect_desc ...
offer() {
	local parameter
	for parameter in "$@"; do
		echo Y >"/sys/module/vdpa_sim/parameters/$parameter" || return 1
	done
}

# bound DEVICE DRIVER: whichever drivers are loaded
bound() { driverctl -b vdpa --nosave set-override "$1" "$2"; }

# pages that are pinned in the whole machine; each processor counts by itself until stat_refresh
pinned() { echo 1 >/proc/sys/vm/stat_refresh; awk '/^nr_foll_pin_acquired/ { n += $2 } /^nr_foll_pin_released/ { n -= $2 } END { print n }' /proc/vmstat; }
nothing_pinned() { [ "$(pinned)" = 0 ] || { echo "# $(pinned) pages are"; return 1; }; }

# --- disks; of the scenario's own: $disk ---

# disk_verifies ARGUMENTS: fio writes by these, reads it back and compares
disk_verifies() {
	fio --name=verify --filename="$disk" --direct=1 --ioengine=libaio --iodepth=16 \
		--verify=crc32c --do_verify=1 --size=16m "$@" >"$tmp/fio" 2>&1 ||
		{ sed 's/^/# /' "$tmp/fio"; return 1; }
}

# files of random length come back as they were
disk_keeps_ext4() {
	local round
	mkfs.ext4 -q "$disk" && mkdir -p "$tmp/mnt" && mount "$disk" "$tmp/mnt" || return 1
	for round in 1 2 3 4 5; do
		head -c "$((round * 1234567))" /dev/urandom >"$tmp/mnt/$round" || return 1
	done
	(cd "$tmp/mnt" && sha256sum ?) >"$tmp/sums"
	umount "$tmp/mnt" && echo 3 >/proc/sys/vm/drop_caches && mount "$disk" "$tmp/mnt" &&
		(cd "$tmp/mnt" && sha256sum --quiet -c "$tmp/sums") && fstrim "$tmp/mnt" &&
		umount "$tmp/mnt" && e2fsck -fn "$disk" >"$tmp/fsck" 2>&1
}

# disk_removed_under_load NAME: vDPA device NAME is removed while fio uses its disk
disk_removed_under_load() {
	local load status=0
	fio --name=load --filename="$disk" --direct=1 --ioengine=libaio --iodepth=16 --rw=randrw \
		--bs=4k --time_based --runtime=10 >"$tmp/load" 2>&1 &
	load=$!
	sleep 1
	vdpa dev del "$1" || status=$?
	wait $load || echo "# fio ended with $?, as it should without its disk"
	return $status
}
