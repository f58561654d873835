# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Two hypervisor VMs at once: what each is called, the network between them, the switch that
# their cards are ports of, and the disks that both cards have.
#
# LAB_PAIR is the folder of what they share, LAB_HOST is host-a or host-b.
# Needs: lib/common.sh, lib/run.sh.

PAIR_HOSTS=(host-a host-b)
PAIR_GRACE=60		# seconds for the second one's end after the first one's

pair_number() { [ "$LAB_HOST" = "${PAIR_HOSTS[0]}" ] && echo 1 || echo 2; }
pair_other() { [ "$LAB_HOST" = "${PAIR_HOSTS[0]}" ] && echo "${PAIR_HOSTS[1]}" || echo "${PAIR_HOSTS[0]}"; }

# pair_mac NIC: no two of a pair are alike; boot.sh finds the first NIC by it
pair_mac() { printf '52:54:00:00:%02x:%02x\n' "$1" "$(pair_number)"; }

# pair_cable ID: a netdev between the two, what is sent before the other is there is lost
pair_cable() {
	local here there
	here=$(commas "$LAB_PAIR/$1.$LAB_HOST") there=$(commas "$LAB_PAIR/$1.$(pair_other)")
	echo "-netdev dgram,id=$1,local.type=unix,local.path=$here,remote.type=unix,remote.path=$there"
}

# pair_arguments: one word a line
pair_arguments() {
	pair_cable own | tr ' ' '\n'
	printf '%s\n' -uuid "00000000-0000-4000-8000-00000000000$(pair_number)" \
		-device "virtio-net-pci,netdev=own,id=own0,romfile=,mac=$(pair_mac 1)"
}

# The PF's own disk is each one's, its VFs' are both's: no locks, and one page cache
pair_disks() {
	local n
	printf '%s\n' -drive "if=none,id=card0,file=$(commas "$LAB_PAIR/$LAB_HOST.img"),format=raw"
	for n in 1 2 3 4; do
		printf '%s\n' -drive \
			"if=none,id=card$n,file=$(commas "$LAB_PAIR/disk$n.img"),format=raw,file.locking=off"
	done
}

# lab_pair [OPTIONS] [-- COMMAND]: COMMAND's status, or the second one's if that is not 0
lab_pair() {
	local options status=0 other=0 pids
	# two are on the processors that one has otherwise
	export LAB_PATIENCE=${LAB_PATIENCE:-$((2 * $(patience)))}
	parse_options "$@"
	[ ${#REST[@]} -gt 0 ] || die "pair takes a command"
	[[ " ${RUNNER[*]} " != *" --tty "* ]] || die "pair has no terminal"
	options=("${@:1:$(($# - ${#REST[@]}))}")
	lab_setup "$KERNEL"
	LAB_PAIR=$(mktemp -d "$LAB_CACHE/tmp/pair.XXXXXX")
	export LAB_PAIR
	# the longest name of a socket
	[ $((${#LAB_PAIR} + 12)) -lt 108 ] || die "the cache folder's name is too long for sockets: $LAB_CACHE"
	truncate -s 256M "$LAB_PAIR"/{disk{1,2,3,4},host-a,host-b}.img
	trap pair_end EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	set -m
	LAB_HOST=${PAIR_HOSTS[1]} "$LAB_DIR/lab" run "${options[@]}" \
		bash tools/testing/lab/pair/obey.sh </dev/null &
	pids=($!)
	LAB_HOST=${PAIR_HOSTS[0]} "$LAB_DIR/lab" run "${options[@]}" "${REST[@]}" &
	pids+=($!)
	PAIR_JOBS=("${pids[@]}")
	# whoever is first, the other one has little time left
	wait -n "${pids[@]}" || :
	( sleep $PAIR_GRACE && kill "${pids[@]}" ) >/dev/null 2>&1 &
	PAIR_JOBS+=("-$!")	# and what it runs
	set +m
	wait "${pids[0]}" || other=$?
	wait "${pids[1]}" || status=$?
	[ $status -ne 0 ] || status=$other
	return $status
}

pair_end() {
	kill -- "${PAIR_JOBS[@]}" 2>/dev/null || :
	wait
	rm -rf "$LAB_PAIR"
}
