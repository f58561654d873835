# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# In host-a of a pair: have host-b do something. Needs: lib/ktap.sh.

# shellcheck disable=SC2034	# A is for scenarios
A=10.0.8.1 B=10.0.8.2	# on the network between them; boot.sh gives them out
pair_port=7000
pair_fd=

pair_open() { exec {pair_fd}<>"/dev/tcp/$B/$pair_port"; }
# the two VMs are not ready at the same moment
pair_begin() { wait_for 120 pair_open; }

# on_b COMMAND...: in host-b's one shell, which keeps variables and what it has sourced; what
# it says and its status are COMMAND's. No longer than $on_b_limit seconds.
on_b_limit=300
on_b() {
	local words line
	printf -v words '%q ' "$@"
	echo "$words" >&"$pair_fd" || return 1
	while IFS= read -r -t "$on_b_limit" line <&"$pair_fd"; do
		case $line in
		'|'*) printf '%s\n' "${line#|}" ;;
		'='*) return "${line#=}" ;;
		esac
	done
	echo "# host-b does not answer: $*"
	return 1
}
