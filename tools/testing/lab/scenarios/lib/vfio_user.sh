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

works() {
	local soon=$((6000 * slower))

	open_user probe "$1" && gives probe "w 18 1 1" 0 $soon && gives probe "r 18 1" 1 $soon &&
		close_user probe
}
