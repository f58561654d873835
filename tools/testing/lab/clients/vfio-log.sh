# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034	# tmp is ktap.sh's, guest_pid guest.sh's; log_words is for scripts
# In the VM, whose card or driver logs which pages its VFs write to: what is asked of guests that
# move with it. Needs: ktap.sh, card.sh, guest.sh.

# QEMU stops a guest when it expects to send the rest in 50 ms: 3.4 MB at this speed. What
# the guest dirties until it stands still comes on top.
log_words=(--downtime-limit 50 --switchover-speed 64)
stopped_bytes_max=5000000

# the opcode that the card has, before anybody asks what it has
card_logs() { echo 112 | tee /sys/module/virtio_pci*/parameters/dirty_log_opcode >"$tmp/tee"; }

# VFs that are bound from now on, of a card without a log
driver_logs() { modprobe virtio-vfio-pci && echo driver >/sys/module/virtio_vfio_pci/parameters/dirty_log; }

# driver_logged PF VF: its rings were the driver's: that takes a DEV_PARTS_SET, and to give them back
# another one, beside what a guest that arrives takes
driver_logged() { [ "$(card_count "$1" "$2" commands 16)" -gt 1 ]; }

# sent_little NAME: no more than that while the guest stood still, when it left here; without a
# log it is all of its memory
sent_little() {
	local bytes
	bytes=$(field "$1" migrated stopped_bytes)
	[ "${bytes:-$stopped_bytes_max}" -lt $stopped_bytes_max ] ||
		{ echo "# $1: ${bytes:-nothing} bytes sent, less than $stopped_bytes_max expected"; return 1; }
}

# how_it_went NAME: a remark, of what QEMU counted
how_it_went() {
	echo "# $1: $(field "$1" migrated downtime_ms) ms without it, $(field "$1" migrated ms) ms in all," \
		"$(field "$1" migrated bytes) bytes of memory, $(field "$1" migrated stopped_bytes) of them then"
}

# logging PF: how many of its VFs log at the moment
logging() { card get "$1" log-stats | grep -o 'running[^0-9]*1' | wc -l; }

# card_logged PF: two VFs' logs were started, read at least at the start and when the guest
# stood still, and had something
card_logged() {
	card get "$1" log-stats >"$tmp/logs"
	sed 's/^/# /' "$tmp/logs"
	[ "$(tr '{' '\n' <"$tmp/logs" | grep -cE 'starts.*: [1-9].*reads.*: ([2-9]|[1-9][0-9]+).*pages.*: [1-9]')" -ge 2 ]
}

# is_trapped NAME VF: QEMU has mapped pages of the guest's VFs in BAR 4, but none of the
# three with registers, which come before the doorbells in the card's VFs
is_trapped() {
	local qemu offset start end doorbells=no
	[ "$(cat "/sys/bus/pci/devices/$2/modern_registers")" = trapped ] || return 1
	qemu=$(pgrep -P "${guest_pid[$1]}") || return 1
	read -r start end _ < <(sed -n 5p "/sys/bus/pci/devices/$2/resource")
	while read -r _ _ offset _; do
		offset=$((16#$offset))
		if ((offset >= start && offset <= end)); then
			offset=$((offset - start))	# older kernels: the physical address
		elif [ $((offset >> 40)) = 4 ]; then
			offset=$((offset & 0xffffffffff))
		else
			continue
		fi
		[ $offset -ge $((0x3000)) ] || { echo "# mapped at $offset"; return 1; }
		doorbells=yes
	done < <(grep -F '[vfio-device]' "/proc/$qemu/maps")
	[ $doorbells = yes ]
}
