#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: dirty
# about: how long a legacy guest stands still when it moves, and what a log of its VFs' writes costs
# quick: yes
# limit: 1200
# moves: yes
#
# QEMU 10.0 moves a guest from VF to VF. dirty-blackout and dirty-stopped are by its own
# account: the time that the guest stands still, and what is sent meanwhile, of dirty-sent in
# all. With a log QEMU is given a limit of 50 ms; without one, mainline's, it has to be told to
# migrate, and given a minute, for all memory is sent then. dirty-growth is how many times as
# long 1 GiB takes as 256 MiB. The rest is without a VMM: src/dirty.c. Mainline's driver has no
# registers for a legacy driver of a disk: that side is measured with NICs.
# shellcheck disable=SC2128	# PF is a word of bench's and a table of guest.sh's: [0] of it, and the rest
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh
. tools/testing/lab/clients/trees.sh
. tools/testing/lab/clients/vfio-log.sh
. tools/testing/bench/vm/lib.sh

# its own virtio_pci, which both sides have there
[[ $(uname -r) != 6.12.* ]] || { echo "# no device parts on this kernel"; exit 0; }

host=10.0.2.200 guest=10.0.2.201
moves=$(quick_or 1 3)
words=(--vf-options enable-migration=on --downtime-limit 60000 --action-limit 240)

die() { echo "dirty: $*" >&2; exit 1; }
at_end() {
	pkill -x iperf3
	ip addr del $host/24 dev "$(basename "/sys/bus/pci/devices/$PF"/virtio*/net/*)" 2>"$tmp/none"
	set_vfs "$disk_pf" 0
	only_vfs 0
}

# the PFs find the log's commands when they are reset
find_log() {
	local pf device driver
	card_logs || return 1
	for pf in "$PF" "$disk_pf"; do
		device=$(basename "$(echo "/sys/bus/pci/devices/$pf/virtio"*)")
		driver=$(readlink -f "/sys/bus/virtio/devices/$device/driver")
		echo "$device" >"$driver/unbind" && echo "$device" >"$driver/bind" || return 1
	done
}

two_vfs_each() {
	local one
	bench_vfs 2 || return 1
	echo 0 >"/sys/bus/pci/devices/$disk_pf/sriov_drivers_autoprobe"
	set_vfs "$disk_pf" 2
	mapfile -t disks < <(vfs_of "$disk_pf")
	for one in "${disks[@]}"; do
		give_to "$VARIANT" "$one" || return 1
	done
	[ "$BENCH_SIDE" = mainline ] ||
		[ "$(cat /sys/bus/pci/devices/{"$vf","${disks[0]}"}/dirty_log | xargs)" = "card card" ]
}

# launch HOW NAME VF MIB net|both WORDS...
launch() {
	local how=$1 name=$2 n=$3 mib=$4 devices=$5
	shift 5
	[ "$devices" = net ] || set -- --vf "${disks[$n]}" "$@"
	"$how" "$name" --legacy --mem "$mib" "${words[@]}" --vf "${vfs[$n]}" "$@"
}

# load KIND NAME: what the guest does meanwhile
load() {
	case $1 in
	iperf)
		guest_tell "$2" serve || return 1
		iperf3 -c $guest -t 600 >"$tmp/iperf" 2>&1 &
		sleep 2
		kill -0 $!
		;;
	blocks) guest_tell "$2" writing=/dev/vda && guest_tell "$2" fetching=/dev/vda ;;
	esac
}
unload() {
	case $1 in
	iperf) pkill -x iperf3 ;;
	blocks) guest_tell "$2" written && guest_tell "$2" fetched ;;
	esac
}

# told CASE NAME: what QEMU counted
told() {
	echo "dirty-blackout $1 ms $(field "$2" migrated downtime_ms)"
	echo "dirty-stopped $1 kB $(($(field "$2" migrated stopped_bytes) / 1000))"
	echo "dirty-sent $1 kB $(($(field "$2" migrated bytes) / 1000))"
	echo "dirty-move $1 ms $(field "$2" migrated ms)"
}

# guest_of CASE LOAD MIB net|both: it goes forth and back
guest_of() {
	local name=${1//,/-} n uri
	launch guest_start "$name-0" 0 "$3" "$4" && guest_tell "$name-0" "net=eth0,$guest/24" &&
		guest_tell "$name-0" "ping=$host,5" && load "$2" "$name-0" || return 1
	for ((n = 1; n <= moves; n++)); do
		uri=unix:/run/dirty-$name-$n
		launch guest_launch "$name-$n" $((n % 2)) "$3" "$4" --incoming "$uri"
		guest_moves "$name-$((n - 1))" "$name-$n" "$uri" || return 1
		told "$1" "$name-$((n - 1))" | tee -a "$tmp/told"
	done
	unload "$2" "$name-$moves" && guest_tell "$name-$moves" "ping=$host,5" &&
		guest_end "$name-$moves"
}

disk_pf=$(pf_of rp1)
only_vfs 0
[ "$BENCH_SIDE" = mainline ] || { words=("${log_words[@]}" --action-limit 240) && find_log; } ||
	die "the log cannot be had"
two_vfs_each || die "no VFs, or their writes are not logged"

export VFIO_LOG_EVER="card get pf1 log-ever | sed 's/\\\\n/\n/g; s/\"//g' | head -n 1 | tr ' ' '\n'"
slices=("$(quick_or 500 1000)" "$(quick_or 2 5)")
[ "$BENCH_SIDE" = mainline ] || "$BIN/dirty" "${slices[@]}" "$(quick_or 5 20)" "${disks[0]}" || exit 1
"$BIN/dirty" "${slices[@]}" 0 "${vfs[0]}" "${vfs[1]}" || exit 1

enter_trees || die "no disk of clients"
use_qemu trixie
echo "# QEMU $(qemu_version)"
host_serves $host >"$tmp/serves" 2>&1 || die "no address on the PF"
while read -r case load mib devices quick; do
	[ "$(quick_or "$quick" yes)" = yes ] && [ "$BENCH_SIDE,$devices" != mainline,both ] || continue
	guest_of "$case" "$load" "$mib" "$devices" || die "$case: the guest has not moved"
done <<'END'
idle,256m idle 256 net yes
idle,1g idle 1024 net yes
disk,256m idle 256 both no
iperf,256m iperf 256 net no
blocks,256m blocks 256 both no
END
/usr/bin/python3 -c '
import statistics, sys
found = {}
for line in sys.stdin:
    figure, case, _, value = line.split()
    found.setdefault((figure, case), []).append(float(value))
of = {case: statistics.median(found["dirty-blackout", case]) for case in ("idle,256m", "idle,1g")}
print("dirty-growth 1g n %.3f" % (of["idle,1g"] / of["idle,256m"]))
' <"$tmp/told"
