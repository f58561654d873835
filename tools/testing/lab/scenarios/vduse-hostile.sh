#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vduse-hostile
# about: a disk's daemon does what none may, to rings, requests and memory: all ends, and the disk comes back
# limit: 500
# when: full
# where: vm
# kernel: 6.1
# device:
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh
. tools/testing/lab/scenarios/lib/vdpa.sh
. tools/testing/lab/scenarios/lib/vfio.sh

start
vdpa_load vduse virtio_vdpa
results_of hostile /lab/out/selftests/vdpa/vduse_hostile_test
rmmod vduse virtio_vdpa vdpa
finish
