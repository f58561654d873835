#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-mgmt
# about: the stock vdpa tool adds, shows and deletes simulated devices; bad requests get reasons
# limit: 120
# where: vm
# kernel: 6.1
# device:
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/vdpa.sh

add() { vdpa dev add "$@"; }
gone() { ! vdpa dev show "$1" >"$tmp/out" 2>&1; }
driver_of() { basename "$(readlink "/sys/bus/vdpa/devices/$1/driver")"; }

plan 32
modprobe vdpa_sim_net ctrl_rx=1
vdpa_load vdpa_sim_blk virtio_vdpa

check_that "mgmtdev show: net" says "supported_classes net" vdpa mgmtdev show vdpasim_net
check_that "mgmtdev show: block" says "supported_classes block" vdpa mgmtdev show vdpasim_blk
check_that "dev add: net, with all its attributes" \
	add name n0 mgmtdev vdpasim_net mac 02:00:00:00:00:01 mtu 1400 max_vqp 4
check_that "dev add: block" add name b0 mgmtdev vdpasim_blk
check_that "dev show: net" says "n0: type network mgmtdev vdpasim_net" vdpa dev show n0
check_that "dev show: queues" says "max_vqs 9 max_vq_size 1024" vdpa dev show n0
check_that "dev show: block" says "b0: type block mgmtdev vdpasim_blk" vdpa dev show
check_that "config show: MAC" says "mac 02:00:00:00:00:01" vdpa dev config show n0
check_that "config show: link, pairs, MTU" \
	says "link up link_announce false max_vq_pairs 4 mtu 1400" vdpa dev config show n0
wait_for 5 netdev_of n0 || echo "# no interface"
check_that "config show: what was negotiated" \
	says "negotiated_features MTU MAC STATUS CTRL_VQ" vdpa dev config show n0
check_that "vstats show" says "queue_type rx kicks" vdpa dev vstats show n0 qidx 0
check_that "vstats show: the control queue" says "queue_type control_vq" vdpa dev vstats show n0 qidx 8
# iproute2 6.1 reports this error, but not in its exit status
check_that "vstats show: no such queue" says "no such queue" sh -c 'vdpa dev vstats show n0 qidx 9 || :'

# Each change of the receive mode is a command, or more; a driver that comes needs few. It
# resets the device when it goes.
for _ in {1..10}; do
	ip link set "$(netdev_of n0)" up promisc on
	ip link set "$(netdev_of n0)" promisc off
done
kicks=$(stat_of n0 8 kicks)
check_that "vstats show: commands were kicked" [ "$kicks" -ge 20 ]
echo n0 >/sys/bus/vdpa/devices/n0/driver/unbind
echo n0 >/sys/bus/vdpa/drivers_probe
wait_for 10 netdev_of n0
check_that "vstats show: from zero after a reset" [ "$(stat_of n0 8 kicks)" -lt 20 ]

check_that "the name is taken" fails "exists" add name n0 mgmtdev vdpasim_blk
check_that "no such management device" fails "no such management device" \
	add name n1 mgmtdev vdpasim_tape
check_that "a name that is no directory's" fails "not valid" add name a/b mgmtdev vdpasim_net
check_that "too many pairs" fails "Invalid argument" add name n1 mgmtdev vdpasim_net max_vqp 9
check_that "a multicast MAC" fails "not a unicast" \
	add name n1 mgmtdev vdpasim_net mac 01:00:00:00:00:01
check_that "an attribute that a disk has not" fails "does not support" \
	add name b1 mgmtdev vdpasim_blk mac 02:00:00:00:00:02
check_that "no such device" fails "no such device" vdpa dev del n9
check_that "nothing is left of what failed" \
	[ "$(echo /sys/bus/vdpa/devices/*)" = "/sys/bus/vdpa/devices/b0 /sys/bus/vdpa/devices/n0" ]

# driverctl, or whoever writes driver_override
override=/sys/bus/vdpa/devices/b0/driver_override
echo b0 >/sys/bus/vdpa/devices/b0/driver/unbind
echo nobody >$override
echo b0 >/sys/bus/vdpa/drivers_probe
check_that "driver_override keeps other drivers away" [ ! -e /sys/bus/vdpa/devices/b0/driver ]
driverctl -b vdpa --nosave set-override b0 virtio_vdpa
check_that "driverctl -b vdpa binds" [ "$(driver_of b0)" = virtio_vdpa ]
emptied() { echo >$override && holds ''; }
comes_back() {
	echo b0 >/sys/bus/vdpa/devices/b0/driver/unbind && echo b0 >/sys/bus/vdpa/drivers_probe &&
		[ "$(driver_of b0)" = virtio_vdpa ]
}
holds() { [ "$(cat $override)" = "$1" ]; }
# a name in one write()
refuses() { ! dd of=$override bs=8k count=1 2>"$tmp/dd" && grep -q "Invalid argument" "$tmp/dd" && holds virtio_vdpa; }
check_that "a name with a NUL in it is refused" refuses < <(printf 'no\0body')
check_that "a name of a page is refused" refuses < <(printf '%04095d' 0)
check_that "an empty line is no name" emptied
check_that "... and any driver may come again" comes_back

unprivileged() { setpriv --bounding-set -all --inh-caps -all --reuid 65534 --clear-groups "$@"; }
check_that "looking needs no privilege" says n0 unprivileged vdpa dev show
check_that "changing does" fails "not permitted" unprivileged vdpa dev del n0
vdpa dev del n0
check_that "dev del" gone n0
# b0 goes with its module
rmmod vdpa_sim_blk vdpa_sim_net vdpa_sim virtio_vdpa vdpa
