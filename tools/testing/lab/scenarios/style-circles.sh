#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: style-circles
# about: calls between the files of a driver go down: no circle of files
# limit: 180
# where: host
# kernel: 6.1
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh

circles() { /usr/bin/python3 tools/testing/lab/scenarios/lib/file_circles.py "$1" >"$tmp/circles" 2>&1; }
none() { circles "$1" || { sed 's/^/# /' "$tmp/circles"; return 1; }; }

# two files that call each other are found, and so is a folder that was not built
heard() {
	mkdir -p "$tmp/wrong" "$tmp/empty"
	echo 'void b(void); void a(void) { b(); }' >"$tmp/wrong/a.c"
	echo 'void a(void); void b(void) { a(); }' >"$tmp/wrong/b.c"
	(cd "$tmp/wrong" && gcc -c a.c b.c)
	! circles "$tmp/wrong" && grep -qx 'circle: a, b' "$tmp/circles" && ! circles "$tmp/empty"
}

mapfile -t folders < <(find drivers -name '*.c' -printf '%h\n' | sort -u)
built=$(dirname "$(compgen -G 'out/build/6.1.*/Kbuild' | head -n 1)")

plan $((1 + ${#folders[@]}))
check_that "a circle is found" heard
for folder in "${folders[@]}"; do
	check_that "$folder has none" none "$built/$folder"
done
