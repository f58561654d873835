#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: kernel-6.12-vp
# about: all of vdpa-vp on 6.12
# limit: 600
# where: vm
# kernel: 6.12
# when: full
exec bash tools/testing/lab/scenarios/vdpa-vp.sh
