#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: guest-reboot-20
# about: guest-reboot with twenty reboots
# limit: 1800
# when: named
# where: vm
# kernel: 6.1
REBOOTS=20 exec bash tools/testing/lab/scenarios/guest-reboot.sh
