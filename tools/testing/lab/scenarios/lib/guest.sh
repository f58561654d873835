# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Guests for scenarios inside the VM: VFs for them, running them, reading what
# they reported. Needs: ktap.sh, card.sh. Reports go to $tmp/NAME.

# shellcheck disable=SC2154,SC2034  # tmp is ktap.sh's, UPLINK is for scenarios
GUEST=tools/testing/lab/guest/run
# a NIC of QEMU's own, for a guest that needs no VF
emulated=(--extra "-netdev user,id=n0 -device virtio-net-pci,netdev=n0")

# the PFs' addresses, looked up once
declare -A PF=([rp0]=$(pf_of rp0) [rp1]=$(pf_of rp1))

# vfs_for_guests ROOTPORT COUNT DRIVER: make VFs that no driver of the host takes,
# then give each to DRIVER, as an administrator would. Prints their addresses.
vfs_for_guests() {
	local pf vf
	pf=${PF[$1]}
	echo 0 >"/sys/bus/pci/devices/$pf/sriov_drivers_autoprobe"
	set_vfs "$pf" "$2" || return 1
	modprobe "$3" || return 1
	for vf in $(vfs_of "$pf"); do
		driverctl --nosave set-override "$vf" "$3" >&2 || return 1
		[ "$(driver_of "$vf")" = "$3" ] || { echo "# $vf is not bound to $3" >&2; return 1; }
		echo "$vf"
	done
}

# guest NAME ARGUMENTS...: run a guest to its end; its status. What it reported is
# shown when it fails.
guest() {
	local name=$1 status=0
	shift
	"$GUEST" --name "$name" "$@" </dev/null >"$tmp/$name" 2>"$tmp/$name.err" || status=$?
	[ $status -eq 0 ] || sed 's/^/# /' "$tmp/$name" "$tmp/$name.err"
	return $status
}

# field NAME REPORT KEY [WORD]: the values of KEY in reports REPORT of guest NAME,
# only from reports with WORD in them.
field() {
	awk -v report="\"report\":\"$2\"" -v key="\"$3\":\"" -v word="${4:-}" '
		index($0, report) && index($0, word) && (at = index($0, key)) {
			value = substr($0, at + length(key))
			print substr(value, 1, index(value, "\"") - 1)
		}' "$tmp/$1"
}

# guest_start NAME ARGUMENTS...: a guest that takes its actions from guest_tell,
# until guest_end. guest_launch does not wait until it is up.
declare -A guest_in guest_pid
guest_launch() {
	local name=$1 fd
	shift
	mkfifo "$tmp/$name.in"
	"$GUEST" --name "$name" -i "$@" <"$tmp/$name.in" >"$tmp/$name" 2>"$tmp/$name.err" &
	guest_pid[$name]=$!
	exec {fd}>"$tmp/$name.in"
	guest_in[$name]=$fd
}
guest_start() { guest_launch "$@" && wait_for_report "$1" ready 1; }

# wait_for_report NAME REPORT COUNT [LIMIT]: until there are so many of them, or the end.
wait_for_report() {
	local seen
	local end=$((SECONDS + ${4:-160} * ktap_patience))
	while [ $SECONDS -lt $end ]; do
		seen=$(grep -cF "\"report\":\"$2\"" "$tmp/$1")
		[ "$seen" -lt "$3" ] || return 0
		kill -0 "${guest_pid[$1]}" 2>/dev/null || break
		sleep 0.2
	done
	sed 's/^/# /' "$tmp/$1" "$tmp/$1.err"
	return 1
}

# guest_tell NAME ACTION [LIMIT]: do it, wait until it is done; whether it worked.
guest_tell() {
	local before
	before=$(grep -cF '"report":"done"' "$tmp/$1")
	echo "$2" >&"${guest_in[$1]}"
	wait_for_report "$1" "done" $((before + 1)) ${3:+"$3"} || return 1
	grep -F '"report":"done"' "$tmp/$1" | tail -n 1 | grep -qF '"result":"ok"' ||
		{ tail -n 1 "$tmp/$1" | sed 's/^/# /'; return 1; }
}

# guest_moves FROM TO URI: a guest migrates to the one that was launched with --incoming URI,
# where guest_tell goes on with it; the launcher that it left has ended.
guest_moves() {
	local fd=${guest_in[$1]}
	wait_for_report "$2" listening 1 && guest_tell "$1" "migrate=$3" &&
		wait_for_report "$2" "done" 1 || return 1
	exec {fd}>&-
	wait "${guest_pid[$1]}" || { sed 's/^/# /' "$tmp/$1.err"; return 1; }
}

# guest_end NAME: power it off; its status.
guest_end() {
	local fd=${guest_in[$1]}
	# in words: a guest that was started later has our end of the pipe as well
	echo off >&"$fd"
	exec {fd}>&-
	wait "${guest_pid[$1]}" || { sed 's/^/# /' "$tmp/$1.err"; return 1; }
}

# card_counts PF VF commands|notifies: "name count" lines, what the card counted for VF
# (from 0) of PF pf0 or pf1, or with VF `pf` for the PF itself.
card_counts() {
	local part line=2
	[ "$2" = pf ] || line=$(($2 + 3))
	part=$(card stats "$1" | sed 's/{"commands": /\n/g' | sed -n "${line}p")
	[ "$3" = commands ] || part=${part#*\"notifies\": }
	part=${part%%\}*}
	tr ',' '\n' <<<"${part#*\{}" | tr -d '" ' | tr ':' ' '
}

# card_count PF VF commands|notifies NAME: one of them; 0 for what the card does not name
card_count() { card_counts "$1" "$2" "$3" | awk -v name="$4" '$1 == name { n = $2 } END { print n + 0 }'; }

# The MAC address the card gives VF number $2 (from 0) of the PF at $1: 02, the
# last three bytes of the PF's, the number.
vf_mac() {
	local pf
	pf=$(cat "/sys/bus/pci/devices/$1"/virtio*/net/*/address)
	printf '02:%s:%02x:%02x\n' "${pf#*:*:*:}" $(($2 >> 8)) $(($2 & 255))
}

# What guests are given their VFs by; another driver can be put in its place.
VF_DRIVER=${VF_DRIVER:-virtio-vfio-pci}
UPLINK=10.0.2.2		# the lab's user network: its host, which also gives out addresses

# host_at ADDRESS ROOTPORT: the host's own interface on that PF, for guests to reach
host_at() {
	local interface
	interface=$(basename "/sys/bus/pci/devices/${PF[$2]}"/virtio*/net/*)
	ip link set "$interface" up && ip addr add "$1/24" dev "$interface"
}

# host_serves ADDRESS: and to measure against, on the first PF
host_serves() { host_at "$1" rp0 && iperf3 -s -D; }

# driver_commands ROOTPORT VF: "opcode name count" lines for VF (from 0), as our
# virtio-pci counted
driver_commands() {
	local names=(list_query list_use legacy_common_cfg_write legacy_common_cfg_read
		legacy_dev_cfg_write legacy_dev_cfg_read legacy_notify_info) opcode
	for opcode in "${!names[@]}"; do
		sed -n "s/^command_\(${names[opcode]}\) /$opcode \1 /p" \
			"/sys/kernel/debug/virtio_pci/${PF[$1]}/vf$2"
	done
}

# counts_agree ROOTPORT PF VF: driver and card count the same commands for a VF
counts_agree() {
	driver_commands "$1" "$3" | awk '$3 > 0 { print $1, $3 }' | sort >"$tmp/driver"
	card_counts "$2" "$3" commands | sort >"$tmp/card"
	[ -s "$tmp/driver" ] && diff "$tmp/driver" "$tmp/card" | sed 's/^/# /' | grep . && return 1
	[ -s "$tmp/driver" ]
}

# nothing_held ROOTPORT VF: no command of a VF is still under way, none failed for good
nothing_held() {
	local file
	file=/sys/kernel/debug/virtio_pci/${PF[$1]}/vf$2
	grep -qx 'slots_held 0' "$file" && grep -qx 'slots_orphaned 0' "$file" &&
		grep -qx 'error_timeout 0' "$file" && grep -qx 'error_lost 0' "$file"
}

# is_field NAME REPORT KEY VALUE [WORD]: what field() gives is VALUE, else it is shown
is_field() {
	local is
	is=$(field "$1" "$2" "$3" "${5:-}")
	[ "$is" = "$4" ] || { echo "# $1: $2 $3 is '$is', not '$4'"; return 1; }
}
