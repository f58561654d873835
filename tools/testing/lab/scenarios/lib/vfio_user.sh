# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154	# tmp is ktap.sh's, VFIO_TESTS vfio.sh's
# Users of VFs that stay and do as they are told. Needs: ktap.sh, vfio.sh.

# open_user NAME ADDRESS [obey]: a user of a VF that do_as, answer_of speak with
declare -A in_of out_of pid_of
open_user() {
	local name=$1 answer
	shift
	mkfifo "$tmp/$name.in" "$tmp/$name.out"
	"$VFIO_TESTS/user" "$@" <"$tmp/$name.in" >"$tmp/$name.out" &
	pid_of[$name]=$!
	exec {fd}>"$tmp/$name.in"
	in_of[$name]=$fd
	exec {fd}<"$tmp/$name.out"
	out_of[$name]=$fd
	rm "$tmp/$name.in" "$tmp/$name.out"
	read -r -t $((60 * slower)) -u "${out_of[$name]}" answer && [ "$answer" = open ] ||
		{ echo "# $name: $answer"; return 1; }
}

say_to() { echo "$2" >&"${in_of[$1]}"; }
answer_of() { read -r -t $((60 * slower)) -u "${out_of[$1]}" value ms || { value=none ms=0; }; }

# do_as NAME COMMAND: $value is what came of it, $ms how long it took
do_as() {
	say_to "$1" "$2"
	answer_of "$1"
}

# gives NAME COMMAND VALUE MS: this value, in at most this time
gives() {
	do_as "$1" "$2"
	[ "$value" = "$3" ] && [ "$ms" -le "$4" ] ||
		{ echo "# $1: '$2' gave $value after $ms ms, expected $3 within $4"; return 1; }
}

# other users have its input open too: they came after it
close_user() {
	say_to "$1" quit 2>/dev/null || echo "# $1 is gone already"
	eval "exec ${in_of[$1]}>&- ${out_of[$1]}<&-"
	wait "${pid_of[$1]}" || :
}

# dies NAME MS: how long a killed user needs to be gone, commands and all
dies() {
	local start end=0
	start=$(date +%s%3N)
	kill -9 "${pid_of[$1]}"
	wait "${pid_of[$1]}" || end=$?
	eval "exec ${in_of[$1]}>&- ${out_of[$1]}<&-"
	[ $end = 137 ] && [ $(($(date +%s%3N) - start)) -le "$2" ] ||
		{ echo "# status $end after $(($(date +%s%3N) - start)) ms"; return 1; }
}

# log_goes_on NAME: a log that was started is read, and ended
log_goes_on() { gives "$1" report 0 "$log_ms" && gives "$1" unlog 0 "$log_ms"; }

# gives_up_logging: its user closes the VF when it is asked to, whatever that does
gives_up_logging() {
	open_user up "${vfs[0]}" obey && gives up log 0 "$log_ms" || return 1
	timeout $((30 * slower)) bash -c "echo $pf >/sys/bus/pci/drivers/virtio-pci/unbind" || return 1
	answer_of up
	[ "$value" = asked ] || { echo "# $value"; return 1; }
	close_user up
}

# keeps_logging: its user keeps the VF: the unbinding waits, reports end, and so does the log
keeps_logging() {
	local unbind status=0
	open_user keeps "${vfs[0]}" && gives keeps log 0 "$log_ms" || return 1
	echo "$pf" >/sys/bus/pci/drivers/virtio-pci/unbind &
	unbind=$!
	sleep 1
	kill -0 $unbind || { echo "# it did not wait"; return 1; }
	for command in report unlog log report; do
		do_as keeps $command
		echo "# $command: $value after $ms ms"
		[ "$value" != none ] && [ "$ms" -le "$log_ms" ] || status=1
	done
	close_user keeps
	wait_for 30 eval "! kill -0 $unbind" 2>"$tmp/kill" && return $status
}

has_driver_again() {
	timeout $((30 * slower)) bash -c "echo $pf >/sys/bus/pci/drivers/virtio-pci/bind" && transitional rp0 4 &&
		[ "$(cat "/sys/bus/pci/devices/$vf/dirty_log")" = "$1" ] && open_user again "$vf" &&
		gives again report -22 "$log_ms" && gives again log 0 "$log_ms" && log_goes_on again && close_user again
}

# pf_is_unbound WHO: while VFs of the PF behind rp0 log; afterwards they have a log by WHO as before
log_ms=$((10000 * slower))
pf_is_unbound() {
	local how text
	for how in gives_up keeps; do
		text="the PF is unbound while a VF logs, its user $([ $how = keeps ] && echo "keeps it" || echo "gives it up")"
		if [[ $LAB_KERNEL = *-debug ]]; then
			skip "$text" \
				"7.3 itself warns when any driver's remove() disables VFs"
			continue
		fi
		check_that "$text" ${how}_logging
		check_that "it has its driver again, and VFs a log" has_driver_again "$1"
	done
}

works() {
	local soon=$((6000 * slower))

	open_user probe "$1" && gives probe "w 18 1 1" 0 $soon && gives probe "r 18 1" 1 $soon &&
		close_user probe
}
