#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In the VM, with the disk of clients: guests whose VFs' writes the card logs go from VF to VF
# while they are at work, with a NIC, a disk, or both. The two VFs with a disk have the same one.
# vfio-dirty.sh ROW...: NAME:TREE:MODE:DEVICES:MIB:MOVES, such as both:trixie:legacy:net,blk:256:2
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/guest.sh
. tools/testing/lab/clients/trees.sh
. tools/testing/lab/clients/vfio-log.sh

host=10.0.2.200
rows=("$@")
declare -A vfs_of_type

serves() { host_serves $host >"$tmp/serves" 2>&1; }
has() { [[ ,$devices, = *,$1,* ]]; }

# vf_words NUMBER: the guest's VFs
vf_words() {
	local type vfs
	for type in ${devices//,/ }; do
		read -ra vfs <<<"${vfs_of_type[$type]}"
		echo --vf "${vfs[$1]}"
	done
}

# launch HOW TIME WORDS...: a launcher for the place that the guest comes to by its move TIME
launch() {
	local how=$1 time=$2
	shift 2
	# shellcheck disable=SC2046	# words
	"$how" "$name-$time" --"$mode" --mem "$mib" --action-limit 180 "${log_words[@]}" \
		$(vf_words $((time % 2))) "$@"
}

is_at_work() {
	if has net; then
		guest_tell "$name-0" "net=eth0,10.0.2.$address/24" && guest_tell "$name-0" "pinging=$host,50" || return 1
	fi
	if has blk; then
		guest_tell "$name-0" writing=/dev/vda && guest_tell "$name-0" fetching=/dev/vda || return 1
	fi
}

goes() {
	local from=$name-$(($1 - 1)) to=$name-$1 uri=unix:/run/move-$name-$1
	launch guest_launch "$1" --incoming "$uri"
	guest_moves "$from" "$to" "$uri" >"$tmp/moves" ||
		{ cat "$tmp/moves"; sed 's/^/# /' "/lab-out/guest-$to-qemu.log" | tail -n 5; return 1; }
	how_it_went "$from"
}

all_sent_little() {
	local time status=0
	for ((time = 0; time < moves; time++)); do
		sent_little "$name-$time" || status=1
	done
	return $status
}

# One echo is on its way at a time. When that is so at the moment at which the guest stops, its
# answer finds the VF that was left: at most one is lost each time.
few_lost() {
	local sent received
	guest_tell "$1" pinged >"$tmp/pinged"
	sent=$(field "$1" pinged sent) received=$(field "$1" pinged received)
	echo "# echoes: $received of $sent, after $(field "$1" pinged mean_us) us, at most $(field "$1" pinged most_us)"
	[ "${received:-0}" -gt 0 ] && [ $((sent - received)) -le "$moves" ]
}
all_written() {
	guest_tell "$1" written || return 1
	echo "# $(field "$1" written writes) writes, at most $(field "$1" written most_us) us"
	[ "$(field "$1" written writes)" -gt 0 ]
}
all_fetched() {
	guest_tell "$1" fetched || return 1
	echo "# $(field "$1" fetched reads) reads into $(field "$1" fetched pages) pages"
	[ "$(field "$1" fetched reads)" -gt 0 ]
}
# a lost echo is in the launcher's status
ends() { guest_end "$1" >"$tmp/end" || [ -n "$(field "$1" pinged sent)" ]; }

same_way() {
	guest_tell "$1" virtio || return 1
	! has net || is_field "$1" virtio way "$mode" virtio_net || return 1
	! has blk || is_field "$1" virtio way "$mode" virtio_blk
}

# results MOVES DEVICES: of a row
results() {
	local n=$((7 + $1))
	[[ ,$2, != *,net,* ]] || n=$((n + 2))
	[[ ,$2, != *,blk,* ]] || n=$((n + 2))
	echo $n
}

row() {
	local last=$name-$moves time first
	read -ra first <<<"${vfs_of_type[${devices%%,*}]}"
	use_qemu "$tree"
	check_that "$name: a guest runs in QEMU $(qemu_version)" launch guest_start 0
	check_that "$name: QEMU would migrate it" guest_tell "$name-0" blockers
	check_that "$name: its doorbells are mapped, its registers are trapped" is_trapped "$name-0" "${first[0]}"
	check_that "$name: it is at work" is_at_work
	for ((time = 1; time <= moves; time++)); do
		check_that "$name: it goes to VF $((time % 2))" goes $time
	done
	check_that "$name: less than $stopped_bytes_max bytes were sent while it stood still" all_sent_little
	if has net; then
		check_that "$name: it lost no echo but what was on its way when it stopped" few_lost "$last"
		check_that "$name: it reaches the host, with 1400 bytes too" guest_tell "$last" "ping=$host,5,1400"
	fi
	if has blk; then
		check_that "$name: no write was lost or came twice" all_written "$last"
		check_that "$name: memory has what the disk wrote to it" all_fetched "$last"
	fi
	check_that "$name: its drivers work as they did" same_way "$last"
	check_that "$name: it ends" ends "$last"
}

planned=6 address=50
for row in "${rows[@]}"; do
	IFS=: read -r name tree mode devices mib moves <<<"$row"
	planned=$((planned + $(results "$moves" "$devices")))
done
plan $planned
check_that "the card's commands" card_logs
check_that "the disk of clients" enter_trees
vfs_of_type[net]=$(vfs_for_guests rp0 2 "$VF_DRIVER" | xargs)
vfs_of_type[blk]=$(vfs_for_guests rp1 2 "$VF_DRIVER" | xargs)
check_that "two VFs of each type" eval '[ "$(wc -w <<<"${vfs_of_type[*]}")" = 4 ]'
check_that "the host serves" serves
for row in "${rows[@]}"; do
	IFS=: read -r name tree mode devices mib moves <<<"$row"
	address=$((address + 1))
	row
done
for pf in pf0:net pf1:blk; do
	if [[ "${rows[*]}" = *[:,]${pf#*:}[:,]* ]]; then
		check_that "the card logged both ${pf#*:} VFs' writes" card_logged "${pf%:*}"
	else
		skip "the card logged both ${pf#*:} VFs' writes" "no row has one"
	fi
done
