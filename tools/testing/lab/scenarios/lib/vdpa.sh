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
