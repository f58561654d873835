#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: virtio-nonsense
# about: a PF with invalid capabilities or registers is refused, or driven without them, by one log line
# limit: 400
# where: vm
# kernel: 6.1
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/admin.sh
. tools/testing/lab/scenarios/lib/virtio.sh

driver=/sys/bus/pci/drivers/virtio-pci

unbind() { [ ! -e "$pci/$pf/driver" ] || echo "$pf" >$driver/unbind; }
bind() { echo "$pf" >$driver/bind; } 2>"$tmp/bind"

# said MARK: what the driver said about the PF since the mark; 7.3 itself adds a line
mark() { dmesg | wc -l; }
said() {
	dmesg | tail -n "+$(($1 + 1))" | grep -F "virtio-pci $pf: " |
		grep -v 'probe with driver .* failed with error' | sed 's/^.*virtio-pci [^ ]* //'
}

# told TEXT: exactly one line, and it has the text
told() {
	local lines
	lines=$(said "$before")
	[ "$(wc -l <<<"$lines")" = 1 ] && grep -qF "$1" <<<"$lines" ||
		{ sed 's/^/# said: /' <<<"$lines"; return 1; }
}

refused() { ! bind && told "refused: $1" && [ ! -e "$pci/$pf/driver" ]; }

has_net() { wait_for 10 test -e "$pci/$pf"/virtio*/net; }

# whether the card got admin commands since the last time of asking
commands() { card stats pf0 | grep -o '"commands": {[^}]*}' | head -n 1; }
had_commands() {
	local now
	now=$(commands)
	[ "$now" != "$seen" ] || return 1
	seen=$now
}

# legacy_access ERROR: what a VF's driver gets that asks for it; nobody sends a command before
legacy_access() { admin_vfs "$pf" 1 && gives "$1" "${vfs[0]}" has && set_vfs "$pf" 0; }

driven_without_admin() {
	bind && has_net && legacy_access -95 && told "$1" && ! had_commands
}
polls() { bind && has_net && legacy_access 0 && had_commands; }
few_slots() {
	bind && has_net && admin_vfs "$pf" 8 && gives 0 "${vfs[7]}" common_read 18 1 &&
		set_vfs "$pf" 0 && said "$before" | grep -F "$1"
}
bound_but_unusable() { bind && ! wait_for 1 test -e "$pci/$pf"/virtio*/net && told "$1"; }

plan 32
pf=$(pf_of rp0) seen=$(commands)

unbind_driver() { timeout 30 bash -c "echo $virtio >/sys/bus/virtio/drivers/virtio_net/unbind"; }
bind_driver() { echo "$virtio" 2>"$tmp/bind" >/sys/bus/virtio/drivers/virtio_net/bind; }

# rows: how the card lies, what the driver must do, what it must say
while IFS='|' read -r lies reaction line; do
	unbind
	card set pf0 lies "$lies"
	before=$(mark)
	check_that "$lies: $line" "$reaction" "$line"
done <<'END'
cap1+8/4=0xfffff000|refused|common configuration exceeds BAR 4: offset 0xfffff000 + length 0x40
cap1+12/4=0xffffffff|refused|common configuration exceeds BAR 4: offset 0x0 + length 0xffffffff
cap1+12/4=40|refused|common configuration: length 40, at least 56 needed
cap1+4/1=3|refused|common configuration: BAR 3 does not exist
cap1+8/4=2|refused|common configuration: offset 0x2 is not a multiple of 4
cap1+2/1=8|refused|common configuration: bad capability length 8
cap1+4/1=9|refused|neither a modern nor a legacy device
cap1+3/1=77|refused|neither a modern nor a legacy device
cap2+3/1=77|refused|no notification area capability
cap2+16/4=3|refused|notification area: offset multiplier 3 is not an even power of 2
cap2+8/4=0x7ffffffe|refused|notification area exceeds BAR 4: offset 0x7ffffffe + length 0x1000
cap3+3/1=77|refused|no ISR status capability
cap3+12/4=0|refused|ISR status: length 0, at least 1 needed
cap4+8/4=0x10000000|refused|device configuration exceeds BAR 4: offset 0x10000000 + length 0x1000
config+0x34/1=0x40;config+0x41/1=0x40|refused|capability list does not end
common+60/2=1|driven_without_admin|admin queue ignored: num 1 at index 1 overlaps 3 device queues
common+62/2=0|driven_without_admin|admin queue ignored: num 0 at index 4 is out of range
common+60/2=0xffff|driven_without_admin|admin queue ignored: num 1 at index 65535 is out of range
queue4+24/2=0|driven_without_admin|admin queue ignored: 0 entries, at least 4 needed
queue4+30/2=0xffff|driven_without_admin|queue 4: notify offset 0x3fffc exceeds the notification area of 0x1000 bytes
queue4+26/2=0xffff|polls|no vector for the admin queue
queue4+24/2=16|few_slots|admin queue: 8 slots for 8 VFs: a VF that does not answer may block others
queue1+24/2=0|bound_but_unusable|queue 1 (output.0): size 0 or already enabled
queue1+30/2=0x8000|bound_but_unusable|queue 1: notify offset 0x20000 exceeds the notification area of 0x1000 bytes
END

honest_again() { unbind && card set pf0 lies '' && bind && has_net && legacy_access 0 && had_commands; }
check_that "the truth: everything is back" honest_again
check_that "and it works" use_net "$pf"

# a status that stays is a reset that never ends: 30 s of patience are too many here
echo 1000 >/sys/module/virtio_pci/parameters/reset_timeout_ms
card set pf0 lies 'common+20/1=1'
before=$(mark)
virtio=$(virtio_of "$pf")
check_that "its driver is unbound" unbind_driver
check_that "and not taken again" eval '! bind_driver'
check_that "a PF that does not reset is unbound in time" timeout 30 bash -c "echo $pf >$driver/unbind"
check_that "a line tells of it" eval "said $before | grep -q 'device reset timed out after 1000 ms'"
check_that "it cannot write to memory" [ $((0x$(setpci -s "$pf" COMMAND) & 4)) = 0 ]
card set pf0 lies ''
check_that "and is as good as new when it does" eval 'bind && has_net && use_net "$pf"'
