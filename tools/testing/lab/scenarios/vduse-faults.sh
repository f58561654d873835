#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vduse-faults
# about: each allocation of VDUSE fails once: creating, opening, attaching, driving, mapping; nothing leaks
# limit: 1800
# when: full
# where: vm
# kernel: 7.3-debug
# device:
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vfio.sh

start
vdpa_load vduse vhost_vdpa
results_of faults /lab/out/selftests/vdpa/vduse_fault_test
rmmod vhost_vdpa vduse vdpa
# ktap.sh looks for what is lost
finish
