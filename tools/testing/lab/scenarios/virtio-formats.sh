#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: virtio-formats
# about: packed rings, buffers used in order, notifications with data: taken where the kernel's ring code can
# when: full
# limit: 240
# where: vm
# kernel: 6.1
# device: -device virtio-blk-pci,drive=card0,addr=0x10,packed=on -device virtio-blk-pci,drive=card1,addr=0x11,in_order=on -device virtio-blk-pci,drive=card2,addr=0x12,packed=on,in_order=on -netdev user,id=u0,restrict=on -device virtio-net-pci,netdev=u0,romfile=,addr=0x13,packed=on -netdev user,id=u1,restrict=on -device virtio-net-pci,netdev=u1,romfile=,addr=0x14,in_order=on -netdev user,id=u2,restrict=on -device virtio-net-pci,netdev=u2,romfile=,addr=0x15,packed=on,in_order=on -netdev user,id=up0 -device virtio-net-pf,id=pf0,bus=rp0,vfs=2,uplink=up0,packed=on,in_order=on
#
# No device of the emulator offers VIRTIO_F_NOTIFICATION_DATA, but it takes such
# notifications. So the card lies about its features, and says what its doorbells got.
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/card.sh
. tools/testing/lab/scenarios/lib/admin.sh
. tools/testing/lab/scenarios/lib/virtio.sh

# what the ring code of each kernel takes, and how our driver is called there
ours=virtio-pci
case $LAB_KERNEL in
6.1) in_order=0 with_data=0 tunnels='' ;;
6.12*) in_order=0 with_data=1 tunnels='' ours=virtio-pci-owner ;;
*) in_order=1 with_data=1 tunnels=11 ;;
esac
driver=/sys/bus/pci/drivers/$ours

# driven_by_ours ADDRESS: beside a built-in driver that has to be said, each time
driven_by_ours() {
	[ $ours = virtio-pci ] || give_to $ours "$1" || return 1
	udevadm settle --timeout=20
	[ "$(driver_of "$1")" = $ours ]
}
brought_back() { bring_back "$1" && driven_by_ours "$1"; }

# taken ADDRESS BIT...: are negotiated, as one word of 0 and 1
taken() {
	local bit at=$1 all='' word
	shift
	word=$(cat "$pci/$at"/virtio*/features)
	for bit in "$@"; do
		all+=${word:bit:1}
	done
	echo "$all"
}

# the queues are made anew, one by one
resized() {
	local size name
	name=$(basename "$pci/$1"/virtio*/net/*)
	for size in 128 256; do
		ethtool -G "$name" rx $size tx $size || return 1
	done
	use_net "$1"
}

# with TYPE ADDRESS NAME PACKED IN-ORDER: 5 results
with() {
	local at=0000:00:$2.0
	check_that "$3: has our driver" driven_by_ours "$at"
	check_that "$3: taken as the kernel can" [ "$(taken "$at" 34 35)" = "$4$5" ]
	check_that "$3: in use" "use_$1" "$at"
	check_that "$3: taken away and brought back" eval "take_away $at && brought_back $at"
	check_that "$3: in use again" "use_$1" "$at"
}

owner_works() {
	local vf
	for vf in "${vfs[@]}"; do
		gives 0 "$vf" repeat 100 common_read 18 1 || return 1
	done
	use_net "$pf"
}

# offers LOW [HIGH]: the card's first two feature words are this, its third one HIGH; the PF
# is bound with them
offers() {
	set_vfs "$pf" 0
	echo "$pf" >$driver/unbind
	card set pf0 lies "feature0+4/4=$1;feature1+4/4=$1;feature2+4/4=${2:-0}"
	echo "$pf" >$driver/bind
	wait_for 20 test -e "$pci/$pf"/virtio*/net && admin_vfs "$pf" 2
}

# doorbell QUEUE: of the PF's, size and value of the last write
doorbell() {
	card stats pf0 | python3 -c '
import json, sys
print(*json.load(sys.stdin)["pf"]["doorbells"][int(sys.argv[1])])' "$1"
}

# notified FORMAT: what rang while three admin commands and some packets went out.
# The card's queues are 0 receives, 1 sends, 2 controls; behind a gap 4 is its admin queue.
notified() {
	local admin width sends sends_width submitted
	gives 0 "${vfs[0]}" repeat 3 common_read 18 1 && use_net "$pf" || return 1
	read -r width admin < <(doorbell 4)
	read -r sends_width sends < <(doorbell 1)
	submitted=$(counter "$pf" stats submitted)
	echo "# the admin queue's last: $width bytes, $admin, after $submitted commands;" \
		"the sending queue's $sends_width bytes, $sends"
	if [ $with_data = 0 ]; then
		[ "$width $admin $sends_width $sends" = "2 4 2 1" ]
		return
	fi
	[ "$width $((admin & 0xffff)) $sends_width $((sends & 0xffff))" = "4 4 4 1" ] || return 1
	# where the next buffer will be: its index, or the place of the first of its two
	# descriptors, and while the ring has not wrapped the wrap counter
	case $1 in
	split) [ $((admin >> 16)) = $((submitted & 0xffff)) ] ;;
	packed) [ $((admin >> 16)) = $((1 << 15 | 2 * submitted)) ] ;;
	esac
}

[ $ours = virtio-pci ] || modprobe virtio_pci_owner
plan $((6 * 5 + 3 + 4 + 2 * 5 + 3))
while read -r type at packed in_order_on name; do
	with "$type" "$at" "$type, $name" "$packed" $((in_order_on & in_order))
done <<'END'
blk 10 1 0 packed
blk 11 0 1 in order
blk 12 1 1 packed and in order
net 13 1 0 packed
net 14 0 1 in order
net 15 1 1 packed and in order
END
for at in 13 14 15; do
	check_that "net $at: queues made anew" resized 0000:00:$at.0
done

pf=$(pf_of rp0)
check_that "a PF with VFs: has our driver" driven_by_ours "$pf"
check_that "a PF with an admin queue: not in order" [ "$(taken "$pf" 34 35 41)" = 101 ]
check_that "it has VFs" admin_vfs "$pf" 2
check_that "and works" owner_works

# the bits of both words: checksums and VERSION_1 and ACCESS_PLATFORM, MAC and SR_IOV,
# NOTIFICATION_DATA, ADMIN_VQ; with another one RING_PACKED
while read -r features format; do
	check_that "notifications with data, $format: offered" offers "$features"
	check_that "... taken if the kernel can" [ "$(taken "$pf" 38 41)" = ${with_data}1 ]
	check_that "... the ring is $format" [ "$(counter "$pf" stats format)" = "$format" ]
	check_that "... PF and VFs work" owner_works
	check_that "... the admin queue's are as they must be" notified "$format"
done <<'END'
0x263 split
0x267 packed
END

# two of four bits that tell of segmentation in tunnels, 66 and 68, which alone change nothing
check_that "features above 63: offered" offers 0x263 0x14
check_that "... taken if the kernel can" [ "$(taken "$pf" 66 68)" = "$tunnels" ]
check_that "... PF and VFs work" owner_works
