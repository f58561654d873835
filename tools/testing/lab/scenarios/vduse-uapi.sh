#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vduse-uapi
# about: VDUSE by its own interfaces: every command, message and attribute, in every state, badly too
# limit: 440
# where: vm
# kernel: 6.1
# device:
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vfio.sh

tests=/lab/out/selftests/vdpa
start
echo 4 >/proc/sys/vm/nr_hugepages
vdpa_load vduse vhost_vdpa vdpa_sim_net
results_of control $tests/vduse_control_test
results_of node $tests/vduse_node_test
results_of events $tests/vduse_event_test
results_of umem $tests/vduse_umem_test
results_of messages $tests/vduse_message_test
results_of hung $tests/vduse_hung_test
results_of memory $tests/vduse_memory_test
results_of moves $tests/vduse_move_test
rmmod vduse vhost_vdpa vdpa_sim_net vdpa_sim vdpa
finish
