# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154	# tree is the caller's, tmp is ktap.sh's
# vDPA devices for processes, and qemu-io on a disk of these. Needs: lib/ktap.sh, lib/vdpa.sh,
# clients/trees.sh; $tree has qemu-io.

node=

# for_process NAME MGMTDEV ATTRIBUTES...: a device with its file, whose name is in $node
for_process() {
	local name=$1
	vdpa dev add name "$name" mgmtdev "${@:2}" &&
		bound "$name" vhost_vdpa &&
		wait_for 10 compgen -G "/sys/bus/vdpa/devices/$name/vhost-vdpa-*" || return 1
	udevadm settle --timeout=30
	node=/dev/$(basename "/sys/bus/vdpa/devices/$name"/vhost-vdpa-*)
	[ -c "$node" ]
}

# io COMMAND...: qemu-io says nothing in its status of a pattern that is not there
io() {
	local words=() command
	for command in "$@"; do
		words+=(-c "$command")
	done
	in_tree "$tree" qemu-io --image-opts "driver=virtio-blk-vhost-vdpa,path=$node,cache.direct=on" \
		"${words[@]}" >"$tmp/io" 2>&1 && ! grep -qiE 'fail|error|could not' "$tmp/io" ||
		{ sed 's/^/# /' "$tmp/io"; return 1; }
}
