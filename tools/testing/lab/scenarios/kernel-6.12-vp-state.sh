#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: kernel-6.12-vp-state
# about: all of vdpa-vp-state on 6.12
# limit: 300
# where: vm
# kernel: 6.12
# when: full
exec bash tools/testing/lab/scenarios/vdpa-vp-state.sh
