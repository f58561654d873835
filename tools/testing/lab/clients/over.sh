# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# In the VM: a set of packages from the disk that `over` made becomes part of the system.

# lay_over SET: the name of a suite
lay_over() {
	mkdir -p /run/over &&
		mount -o ro /dev/disk/by-id/virtio-lab-over /run/over &&
		cp -a "/run/over/$1/." / &&
		umount /run/over
}
