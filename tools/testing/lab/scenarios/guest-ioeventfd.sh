#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: guest-ioeventfd
# about: a legacy guest whose queues the kernel notifies by itself, in the one QEMU here that is not Debian's
# when: full
# limit: 900
# where: host
set -u
if [ -d /lab-out ]; then
	. tools/testing/lab/scenarios/lib/guest_ioeventfd.sh
	exit
fi

# the lab's emulator has the patch, and is a guest's hypervisor as well as the lab's
fresh=out/guest-qemu
mkdir -p $fresh
cp "$(tools/testing/qemu/build)" $fresh/qemu || exit
exec tools/testing/lab/lab run -t 600 -- bash /lab/tools/testing/lab/scenarios/guest-ioeventfd.sh
