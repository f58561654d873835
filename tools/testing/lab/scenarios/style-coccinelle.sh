#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: style-coccinelle
# about: the kernel tree's Coccinelle checks have nothing to report on the drivers
# limit: 900
# when: full
# where: host
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh

# report CHECK FOLDER: what a semantic patch reports; its own failure is a report too
report() {
	local options
	options=$(sed -n 's|^// Options: *||p' "$1" | tr '\n' ' ')
	# shellcheck disable=SC2086	# words
	spatch -D report --very-quiet --no-show-diff $options --cocci-file "$1" -I include \
		--dir "$2" 2>"$tmp/${1##*/}.err" || { echo "$1: $(tail -n 1 "$tmp/${1##*/}.err")"; }
}
export -f report
export tmp

# reports FOLDER: of all checks; each has its line in the log, so that a reader sees progress
reports() {
	xargs -P "$(nproc)" -I{} bash -c 'report "$1" "$2"; echo "# $(basename "$1")" >&2' - {} "$1" \
		<"$tmp/checks" 2>"$tmp/progress"
}
silent() { ! reports drivers | sed 's/^/# /' | grep .; }
# a check that does not check would be silent as well
heard() {
	mkdir -p "$tmp/wrong"
	printf 'void f(void *p);\nvoid f(void *p)\n{\n\tif (p)\n\t\tkfree(p);\n}\n' >"$tmp/wrong/wrong.c"
	grep '/free/ifnullfree.cocci$' "$tmp/checks" >"$tmp/one"
	mv "$tmp/one" "$tmp/checks"
	reports "$tmp/wrong" | grep -q 'wrong.c'
}

plan 3
# shellcheck disable=SC2046	# words
if ! tree=$(tools/testing/lab/lab source 6.1 $(grep -v '^#' scripts/kernel-tools) 2>"$tmp/log"); then
	for result in "there are checks" "none has something to report" "one that should does"; do
		skip "$result" "the kernel's source package cannot be fetched: $(tail -n 1 "$tmp/log")"
	done
	exit
fi
# two of them have a part in OCaml, and want its compiler
find "$tree/scripts/coccinelle" -name '*.cocci' -exec grep -l '^virtual report' {} + | sort |
	xargs grep -L ocaml >"$tmp/checks"
check_that "there are checks: $(wc -l <"$tmp/checks")" [ "$(wc -l <"$tmp/checks")" -gt 60 ]
check_that "none has something to report" silent
check_that "one that should does" heard
