# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Debian packages for the lab, from the machine's own mirror: which suites
# there are, a private apt that reads them, and installing what is missing.
#
# Nothing here touches the machine's apt configuration: the lists and the
# downloads of the private apt live below the cache folder.
# Needs: lib/common.sh.

# The URI the machine takes Debian's main archive from.
apt_mirror() {
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' |
		awk '$2 !~ /-/ && $3 == "main" && $1 ~ /debian\/?$/ { print $1; exit }'
}

# The same for the security archive.
apt_mirror_security() {
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' |
		awk '$2 ~ /-security$/ && $3 == "main" { print $1; exit }'
}

# lab_apt COMMAND...: apt-get with the lab's sources: the machine's release
# with its security and backports suites, and the sources of the next release.
lab_apt_options() {
	local root=$LAB_CACHE/apt
	printf '%s\n' -o "Dir::Etc::SourceList=$root/sources.list" \
		-o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$root/lists" \
		-o "Dir::Cache=$root/cache" -o APT::Sandbox::User=root \
		-o Acquire::Languages=none -o Acquire::Retries=3
}

lab_apt() {
	local options
	mapfile -t options < <(lab_apt_options)
	apt-get -q "${options[@]}" "$@"
}

lab_apt_cache() {
	local options
	mapfile -t options < <(lab_apt_options)
	apt-cache "${options[@]}" "$@"
}

# Write the sources list and read the indexes; again only after a day.
lab_apt_update() { with_lock package-lists lab_apt_read_lists; }

lab_apt_sources() {
	local uri=$1 sec=$2
	echo "deb $uri bookworm main"
	echo "deb $uri bookworm-updates main"
	echo "deb ${sec:-$uri} bookworm-security main"
	echo "deb $uri bookworm-backports main"
	echo "deb-src $uri trixie main"
	echo "deb $uri trixie-backports main"
}

lab_apt_read_lists() {
	local root=$LAB_CACHE/apt uri new
	uri=$(apt_mirror)
	[ -n "$uri" ] || die "apt knows no Debian main archive on this machine (apt-get indextargets)"
	new=$(lab_apt_sources "$uri" "$(apt_mirror_security)")
	if [ -n "$(find "$root/updated" -mtime -1 2>/dev/null)" ] &&
	   [ "$new" = "$(cat "$root/sources.list")" ]; then
		return 0
	fi
	mkdir -p "$root/lists/partial" "$root/cache/archives/partial"
	rm -f "$root/updated"
	printf '%s\n' "$new" >"$root/sources.list"
	# an index that could not be fetched is an error here, for apt only a warning
	step "reading package lists" "$root/update.log" lab_apt -o APT::Update::Error-Mode=any update
	touch "$root/updated"
}
