#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: admin-leak
# about: commands that time out and PFs that are reset, many times, leave no memory behind
# when: full
# limit: 500
# where: vm
# append: slub_debug=U
# kernel: 6.1
# device: -netdev user,id=up0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=8,uplink=up0
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/admin.sh
. tools/testing/lab/scenarios/lib/admin_faults.sh

# settled: objects in use in the slab caches that would show it. The kernel was booted
# with slub_debug=U: no CPU keeps a slab to itself, so that the counts are exact. What
# udev will free in a moment is still in them, and what RCU will: right is the least of
# some readings. The kernel frees many things after RCU in batches, five seconds old, or
# at once when memory is asked for; and one file of /proc costs less than 14 of sysfs.
settled() {
	local cache count
	local -A least
	for _ in 1 2 3 4; do
		sleep 2
		echo 2 >/proc/sys/vm/drop_caches
		sleep 0.5
		while read -r cache count _; do
			[[ $cache =~ ^(kmalloc-[0-9]+k?|iommu_iova)$ ]] || continue
			[ "${least[$cache]:-$count}" -lt "$count" ] || least[$cache]=$count
		done </proc/slabinfo
	done
	for cache in "${!least[@]}"; do
		echo "$cache ${least[$cache]}"
	done
}
# allocated: how many objects of these caches each function has allocated
allocated() {
	local traces
	for traces in /sys/kernel/debug/slab/{kmalloc-*,iommu_iova}/alloc_traces; do
		awk -v cache="$(basename "$(dirname "$traces")")" \
			'$1 ~ /^[0-9]+$/ { n[$2] += $1 } END { for (f in n) print cache ":" f, n[f] }' "$traces"
	done | sort
}
spend() {
	echo 10 >$parameters/admin_timeout_ms
	for _ in $(seq "$1"); do
		fault pf0 vf2:mute
		gives -110 "$a" notify_list || return 1
		reset_pf "$pf" virtio_net
		fault pf0 ''
		gives 0 "$a" notify_list || return 1
	done
	echo $timeout_ms >$parameters/admin_timeout_ms
}
grown() {
	join <(sort "$1") <(sort "$2") | awk -v most="$3" '
		{ n++; change = change " " $1 ":" $3 - $2 }
		# the IOMMU keeps addresses in caches of its own: shown, not judged
		$1 != "iommu_iova" && $3 - $2 > most { bad = 1 }
		END { print "#" change; exit bad || n < 14 }' && return
	# by whom, as far as these counts tell
	join -a 2 -e 0 -o 0,1.2,2.2 "$1.by" "$2.by" | awk '$3 - $2 > 5 { print "# by " $1 ": " $2 " and " $3 }'
	return 1
}

plan 4
pf=$(pf_of rp0)
admin_vfs "$pf" 8
a=${vfs[2]}
check_that "the kernel counts objects exactly" \
	grep -qx 1 /sys/kernel/slab/kmalloc-64/store_user
spend 5
# a file of debugfs costs memory once it was opened
allocated >"$tmp/before.by"
settled >"$tmp/before"
allocated >"$tmp/before.by"
rounds=40
check_that "$rounds times a time-out and a reset" spend $rounds
settled >"$tmp/after"
allocated >"$tmp/after.by"
# one object lost each time would show as $rounds
case $LAB_KERNEL in
*-debug) skip "nothing leaked" "KASAN keeps what was freed; kmemleak looks at the end" ;;
*) check_that "nothing leaked" grown "$tmp/before" "$tmp/after" $((rounds / 4)) ;;
esac
check_that "nothing is held" nothing_held
