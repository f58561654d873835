# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034	# tmp is ktap.sh's, guest_in and guest_pid guest.sh's
# In either host of a pair: a guest with a NIC and a disk that are VFs comes and goes.
# Needs: ktap.sh, card.sh, guest.sh, trees.sh.

move_port=4444
# no memory stays clean without a log of dirty pages: QEMU has to be told, and given time
words=(--vf-options enable-migration=on --downtime-limit 60000 --action-limit 240 --limit 1800)

# VFs at the same addresses here and there, and the QEMU for them
guests_begin() {
	local vf vfs
	enter_trees || return 1
	use_qemu trixie
	echo "# QEMU $(qemu_version)"
	mapfile -t vfs < <(vfs_for_guests rp0 1 "$VF_DRIVER"; vfs_for_guests rp1 1 "$VF_DRIVER")
	[ ${#vfs[@]} = 2 ] || return 1
	for vf in "${vfs[@]}"; do
		words+=(--vf "$vf")
	done
	ip link set "$(basename "/sys/bus/pci/devices/${PF[rp0]}"/virtio*/net/*)" up
}

# forget NAME: a guest of this name was here before
forget() { rm -f "$tmp/$1.in" "$tmp/$1" "$tmp/$1.err"; }

# arrival NAME WORDS...: wait for a guest, which arrived() finds
arrival() {
	local name=$1
	shift
	forget "$name"
	guest_launch "$name" "$@" "${words[@]}" --incoming "tcp:0.0.0.0:$move_port"
	wait_for_report "$name" listening 1
}
arrived() { wait_for_report "$1" "done" 1; }

# departs NAME URI: it goes on there, and its launcher ends
departs() {
	local fd=${guest_in[$1]}
	guest_tell "$1" "migrate=$2" || { sed 's/^/# /' "/lab-out/guest-$1-qemu.log" | tail -n 20; return 1; }
	exec {fd}>&-
	wait "${guest_pid[$1]}"
	echo "# $(field "$1" migrated downtime_ms) ms without it, $(field "$1" migrated ms) ms in all, $(field "$1" migrated bytes) bytes of memory"
}

# a lost echo is in the launcher's status
ends() { guest_end "$1" >"$tmp/end" || [ "$(field "$1" pinged sent)" ]; }
