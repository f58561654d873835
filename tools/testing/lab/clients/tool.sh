#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In the VM, with the disk of iproute2: the vdpa tool of the backports does what Debian 12's
# does (scenario vdpa-mgmt), offers what it is told to, and changes a device.
set -u
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vfio.sh
. tools/testing/lab/clients/over.sh

# VIRTIO_NET_F_MAC, VIRTIO_F_VERSION_1, VIRTIO_F_ACCESS_PLATFORM
few=0x300000020

newer() { vdpa -V | grep 'iproute2-' | grep -v 'iproute2-6\.1\.'; }

start
check_that "Debian 12's tool" says "iproute2-6.1" vdpa -V
check_that "it does not know device_features" fails "unknown option" \
	vdpa dev add name n0 mgmtdev vdpasim_net device_features $few
check_that "the one of the backports is laid over it" lay_over bookworm-backports
check_that "and is the one that runs" newer
results_of "vdpa-mgmt" bash tools/testing/lab/scenarios/vdpa-mgmt.sh

vdpa_load vdpa_sim_net vdpa_sim_blk virtio_vdpa
check_that "mgmtdev show: what a NIC can offer" \
	says "dev_features MTU MAC STATUS CTRL_VQ" vdpa mgmtdev show vdpasim_net
check_that "mgmtdev show: a disk" says "dev_features" vdpa mgmtdev show vdpasim_blk
check_that "mgmtdev show: the most queues" says "max_supported_vqs" vdpa mgmtdev show vdpasim_net
check_that "dev add: a few features" \
	vdpa dev add name n0 mgmtdev vdpasim_net mac 02:00:00:00:00:01 device_features $few
check_that "its driver is there" wait_for 10 netdev_of n0
check_that "config show: they are what was negotiated" \
	says "negotiated_features MAC VERSION_1 ACCESS_PLATFORM" vdpa dev config show n0
check_that "a feature that it has not" fails "features outside those" \
	vdpa dev add name n1 mgmtdev vdpasim_net device_features 0x8000000000000
check_that "dev set: another MAC" vdpa dev set name n0 mac 02:00:00:00:00:02
check_that "config show: it has it" says "mac 02:00:00:00:00:02" vdpa dev config show n0
check_that "dev set: a multicast MAC" fails "not a unicast" vdpa dev set name n0 mac 01:00:00:00:00:01
check_that "dev set: no such device" fails "no such device" vdpa dev set name n9 mac 02:00:00:00:00:02
vdpa dev add name b0 mgmtdev vdpasim_blk
check_that "dev set: a disk has no MAC" fails "not supported" vdpa dev set name b0 mac 02:00:00:00:00:02
check_that "in JSON" eval 'vdpa -j dev show | /usr/bin/python3 -c "import json, sys; assert set(json.load(sys.stdin)[\"dev\"]) == {\"n0\", \"b0\"}"'
vdpa dev del n0
vdpa dev del b0
rmmod vdpa_sim_blk vdpa_sim_net vdpa_sim virtio_vdpa vdpa
finish
