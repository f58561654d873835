#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: kernel-6.12-all
# about: all of vfio-legacy on the admin API that 6.12 has built in
# limit: 300
# when: named
# where: vm
# kernel: 6.12
exec bash tools/testing/lab/scenarios/vfio-legacy.sh
