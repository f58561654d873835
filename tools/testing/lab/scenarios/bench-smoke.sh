#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: bench-smoke
# about: the bench measures and reports; a register access allocates, maps and interrupts nothing
# when: full
# limit: 400
# where: host
# kernel: 6.1
set -u
. tools/testing/lab/scenarios/lib/ktap.sh

# value FIGURE CASE COLUMN: from results.csv, whose columns are figure,case,unit,mainline,ours,ratio,goal
value() { awk -F, -v f="$1" -v c="$2" -v n="$3" '$1 == f && $2 == c { print $n }' "$tmp/results.csv"; }
is() { [ "$(value "$1" "$2" "$3")" = "$4" ] || { echo "# $1 $2: '$(value "$1" "$2" "$3")', not '$4'"; return 1; }; }
positive() { awk -v v="$(value "$1" "$2" 5)" 'BEGIN { exit !(v + 0 > 0) }'; }

# what both sides would have measured, and what a report has to make of it
made_up() {
	cat >"$tmp/raw" <<-'END'
		1 mainline read-p50 sync us 20
		1 ours read-p50 sync us 5
		2 ours read-p50 sync us 7
		2 mainline read-p50 sync us 30
		3 mainline read-p50 sync us 10
		3 ours read-p50 sync us 6
		1 mainline commands sync,vfs-4 1/s 10
		1 ours commands sync,vfs-4 1/s 39
		1 mainline neighbour-mute any ratio 2
		1 ours neighbour-mute any ratio 1.1
		1 mainline else any us 100
		1 ours else any us 105
		1 mainline other any us 100
		1 ours other any us 106
		1 mainline allocations sync n 4
		1 ours allocations sync n 0.001
		1 mainline silence any us 0
		1 ours silence any us 0
	END
	echo "made up" >"$tmp/about"
	/usr/bin/python3 -B tools/testing/bench/report.py "$tmp" >"$tmp/table"
}
# verdict FIGURE yes|NO: the table's last column
verdict() { grep -q "^$1 .* $2\$" "$tmp/table" || { grep "^$1 " "$tmp/table" | sed 's/^/# /'; return 1; }; }
# drawn FIGURE-AND-CASE COLUMN VALUE: what the picture is made of
drawn() {
	grep -q "^\"$1\" " "$tmp/plot.dat" || { echo "# no $1"; return 1; }
	awk -F'"' -v name="$1" -v n="$2" -v v="$3" '$2 == name { split($3, c, " "); exit !(c[n - 1] == v) }' "$tmp/plot.dat" ||
		{ grep "$1" "$tmp/plot.dat" | sed 's/^/# /'; return 1; }
}
no_verdict() { grep -q "^$1 " "$tmp/table" && ! verdict "$1" yes >/dev/null && ! verdict "$1" NO >/dev/null; }
refuses() { echo "1 ours a b us many" >"$tmp/raw"; ! /usr/bin/python3 -B tools/testing/bench/report.py "$tmp" 2>/dev/null; }

measured() {
	BENCH_OUT=$tmp BENCH_KERNEL=6.1 BENCH_SIDES=ours BENCH_ROUNDS=1 BENCH_QUICK=1 BENCH_BUSY=1 \
		tools/testing/bench/run "$1" >"$tmp/log" 2>&1 || { sed 's/^/# /' "$tmp/log"; return 1; }
}

# processor time is the difference of two measurements, and where others are at work it may
# come out as nothing: five times it does not
processor_time() {
	local try
	for try in 1 2 3 4 5; do
		! positive cpu sync || return 0
		echo "# $(value cpu sync 5) us at try $try"
		measured cost || return 1
	done
	positive cpu sync
}

plan 23
# first what brings gnuplot with it
check_that "the figure of costs is measured in a VM" measured cost
check_that "processor time comes out" processor_time
check_that "a register access allocates nothing" is allocations sync 5 0
check_that "... maps nothing" is dma-maps sync 5 0
check_that "... unmaps nothing" is dma-unmaps sync 5 0
check_that "... and raises no interrupt" is interrupts sync 5 0
check_that "a report is made of both sides' lines" made_up
check_that "its values are medians" is read-p50 sync 4 20
check_that "... on both sides" is read-p50 sync 5 6
check_that "its ratio is ours by mainline's" is read-p50 sync 6 0.30
check_that "0.30 reaches 0.3" verdict read-p50 yes
check_that "3.9 times does not reach 4" verdict commands NO
check_that "1.05 is as good as mainline where no goal is set" verdict else yes
check_that "1.06 is not" verdict other NO
check_that "a thousandth of an allocation is one" verdict allocations NO
check_that "a time of 0 on both sides reaches nothing" no_verdict silence
check_that "a plot is drawn" grep -q '<svg' "$tmp/results.svg"
check_that "... where a shorter time is to the right" drawn "read-p50 sync" 2 3.3333
check_that "... and so is a higher rate" drawn "commands sync,vfs-4" 2 3.9000
check_that "... with its goal" drawn "commands sync,vfs-4" 7 4.0000
check_that "... marked as missed" drawn "commands sync,vfs-4" 8 1
check_that "... also where the goal is a value of ours" drawn "neighbour-mute any" 7 1.6667
check_that "what is no number is refused" refuses
