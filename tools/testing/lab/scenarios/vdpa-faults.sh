#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vdpa-faults
# about: each allocation of the vDPA stack fails once: making, binding, opening, mapping; nothing leaks
# limit: 900
# when: named
# where: vm
# kernel: 7.3-debug
# device:
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vfio.sh

start
vdpa_load vdpa_sim_net vdpa_sim_blk vhost_vdpa virtio_vdpa
results_of faults /lab/out/selftests/vdpa/fault_test
rmmod vhost_vdpa virtio_vdpa vdpa_sim_net vdpa_sim_blk vdpa_sim vdpa
# ktap.sh looks for what is lost
finish
