# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154	# tmp is ktap.sh's
# What make, make install and modprobe say in a VM, which has neither headers nor
# compiler: folders that say of themselves what headers would, and a make that compiles
# nothing. Needs ktap.sh.

release=$(uname -r)
tree=/lib/modules/$release

# fake_kdir RELEASE: print a build folder of that kernel
fake_kdir() {
	local dir=$tmp/kdir-$1
	mkdir -p "$dir/include/generated" "$dir/include/config"
	touch "$dir/Makefile"
	echo "#define UTS_RELEASE \"$1\"" >"$dir/include/generated/utsrelease.h"
	echo CONFIG_VFIO_PCI_CORE=m >"$dir/include/config/auto.conf"
	echo "$dir"
}

# build: make, with all compiling done
fake_make() {
	mkdir -p "$tmp/bin"
	cat >"$tmp/bin/make" <<-'END'
		#!/bin/bash
		for word in "$@"; do
			case $word in
			M=*) folder=${word#M=} ;;
			*.o) touch "$folder/$word" ;;
			esac
		done
	END
	chmod +x "$tmp/bin/make"
}
build() {
	[ -x "$tmp/bin/make" ] || fake_make
	PATH=$tmp/bin:$PATH scripts/build-modules "$(fake_kdir "$release")" "$tmp/built"
}

# The lab's modules go where make install takes them from, and are installed by that
take_modules() {
	mkdir -p "$tmp/out/modules/$release"
	mv "$tree"/updates/*.ko "$tmp/out/modules/$release/"
	depmod
}
make_install() { scripts/install-modules "$(fake_kdir "$release")" "$tmp/out" "$@"; }
make_uninstall() { scripts/install-modules --remove "$(fake_kdir "$release")" "$tmp/out" "$@"; }

# one_line REGEX: in $tmp/log there is one, and it is this
one_line() { [ "$(wc -l <"$tmp/log")" = 1 ] && grep -qE "$1" "$tmp/log" || { sed 's/^/# /' "$tmp/log"; return 1; }; }
# among_lines REGEX: there is just one like this
among_lines() { [ "$(grep -cE "$1" "$tmp/log")" = 1 ] || { sed 's/^/# /' "$tmp/log"; return 1; }; }
# refuses REGEX COMMAND...: it fails, and says this one line, besides what modprobe has to
# say of a command of its modprobe.d that failed
refuses() {
	local line=$1
	shift
	! "$@" >"$tmp/all" 2>&1 || { echo "# it did not fail"; return 1; }
	grep -vE '^modprobe: ERROR: (could not insert .*: Invalid argument|.*command_do\(\))|^depmod' "$tmp/all" >"$tmp/log" || :
	one_line "$line"
}
# says REGEX COMMAND...: it works, and says this in one line among others
says() {
	local line=$1
	shift
	"$@" >"$tmp/log" 2>&1 || { sed 's/^/# /' "$tmp/log"; return 1; }
	among_lines "$line"
}
silent() { "$@" >"$tmp/log" 2>&1 && [ ! -s "$tmp/log" ] || { sed 's/^/# /' "$tmp/log"; return 1; }; }
loaded() { [ -d "/sys/module/$1" ]; }
