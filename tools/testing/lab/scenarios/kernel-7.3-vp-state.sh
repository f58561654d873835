#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: kernel-7.3-vp-state
# about: all of vdpa-vp-state on 7.3
# limit: 300
# where: vm
# kernel: 7.3
# when: full
exec bash tools/testing/lab/scenarios/vdpa-vp-state.sh
