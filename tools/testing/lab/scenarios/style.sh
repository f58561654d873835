#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: style
# about: shellcheck, checkpatch, kernel versions, licences, left-overs
# limit: 600
# where: host
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh

plan 11

find . \( -path ./out -o -path ./.git \) -prune -o -type f -printf '%P\n' | sort >"$tmp/all"
grep -E '\.(c|h)$' "$tmp/all" >"$tmp/c"
while read -r file; do
	! head -n 1 "$file" | grep -q '^#!/bin/\(ba\)\?sh' || echo "$file"
done <"$tmp/all" >"$tmp/shell"
grep -E '\.sh$' "$tmp/all" >>"$tmp/shell"
sort -uo "$tmp/shell" "$tmp/shell"

# none FILES GREP-ARGUMENTS...: none of these files has such a line
none() {
	local list=$1
	shift
	! xargs -d '\n' grep -nI "$@" <"$list" | sed 's/^/# /' | grep .
}

quiet() { "$@" >"$tmp/log" 2>&1 || { sed 's/^/# /' "$tmp/log"; return 1; }; }

shell_clean() {
	quiet xargs -d '\n' shellcheck -x -S warning -e SC1090,SC1091 <"$tmp/shell"
}
check_that "shellcheck has nothing to say" shell_clean

python_clean() {
	local file status=0
	while read -r file; do
		/usr/bin/python3 -c 'import sys; compile(open(sys.argv[1]).read(), sys.argv[1], "exec")' \
			"$file" || status=1
	done < <(grep -E '\.py$' "$tmp/all")
	return $status
}
check_that "python files compile" python_clean

grep -vE '^include/compat/' "$tmp/c" >"$tmp/no-compat"
check_that "no kernel version outside include/compat" \
	none "$tmp/no-compat" -E 'LINUX_VERSION_COD[E]|KERNEL_VERSIO[N]\('

licences() {
	local file status=0
	while read -r file; do
		head -n 3 "$file" | grep -q 'SPDX-License-Identifier: ' ||
			{ echo "# no licence: $file"; status=1; }
	done < <(cat "$tmp/c" "$tmp/shell")
	return $status
}
check_that "every source file names its licence" licences

check_that "nothing is left to do" none "$tmp/all" -wE 'TOD[O]|FIXM[E]|XX[X]'
check_that "no failure is thrown away" none "$tmp/shell" -E '\|\|[ ]true( |$)'
check_that "no machine's path, no mirror's name" \
	none "$tmp/all" -E '(^|[^a-z.])/wor[k]/|/roo[t]/\.|deb[.]debian[.]org|/usr/src/linux-headers-[0-9]'

# what git keeps is text: -I takes a binary file for one without a match, -L lists those
all_text() {
	! git ls-files -z | xargs -0 grep -LI '^' | while read -r file; do
		[ ! -s "$file" ] || echo "# not text: $file"
	done | grep .
}
if git rev-parse --git-dir >/dev/null 2>&1; then
	check_that "nothing built is kept" all_text
else
	skip "nothing built is kept" "this tree is not git's"
fi

# what a file's F: line is in MAINTAINERS; a folder ends with /. Nor is one there for nothing.
maintained() {
	/usr/bin/python3 - "$tmp/all" <<'END'
import fnmatch, sys
files = open(sys.argv[1]).read().split("\n")[:-1]
rows = [line.split()[1] for line in open("MAINTAINERS") if line.startswith("F:")]
fits = lambda row, file: file.startswith(row) if row.endswith("/") else \
    fnmatch.fnmatchcase(file, row) and file.count("/") == row.count("/")
wrong = ["# nobody's: " + file for file in files if not any(fits(row, file) for row in rows)]
wrong += ["# no such file: " + row for row in rows if not any(fits(row, file) for file in files)]
print("\n".join(wrong))
sys.exit(bool(wrong))
END
}
check_that "MAINTAINERS has every file" maintained

# drivers strictly; what runs in user space without the kernel's own macros
patch_clean() {
	local tool=$1
	grep -E '^(drivers|include)/' "$tmp/c" |
		quiet xargs -rd '\n' perl "$tool" --no-tree --no-summary --strict --terse --show-types -q -f &&
	grep -E '^tools/' "$tmp/c" | grep -v '^tools/testing/qemu/' |
		quiet xargs -rd '\n' perl "$tool" --no-tree --no-summary --strict --terse --show-types -q \
			--ignore PREFER_DEFINED_ATTRIBUTE_MACRO,EMBEDDED_FUNCTION_NAME,BIT_MACRO,COMPARISON_TO_NULL,MACRO_ARG_REUSE,VOLATILE,ARRAY_SIZE,STATIC_CONST_CHAR_ARRAY,LONG_LINE_STRING -f
}
documentation() { scripts/build-docs "$tool/scripts/kernel-doc" "$tmp/docs" >"$tmp/log" 2>&1 || { sed 's/^/# /' "$tmp/log"; return 1; }; }

# shellcheck disable=SC2046	# words
if tool=$(tools/testing/lab/lab source 6.1 $(grep -v '^#' scripts/kernel-tools) 2>"$tmp/log"); then
	check_that "checkpatch --strict has nothing to say" patch_clean "$tool/scripts/checkpatch.pl"
	check_that "Documentation/ renders without a warning, kernel-doc included" documentation
else
	for result in "checkpatch --strict" "Documentation/ renders"; do
		skip "$result" "the kernel's source package cannot be fetched: $(tail -n 1 "$tmp/log")"
	done
fi
