#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: vfio-migrate-libvirt
# about: libvirt 11.3 with QEMU 10.0: virsh migrate --live of a domain with a VF to another host and back, save and restore; the card logs what it writes to
# limit: 2000
# when: named
# where: host
# kernel: 6.1
set -e
clients=$(tools/testing/lab/clients/disk)
over=$(tools/testing/lab/clients/over libvirt)
LAB_MORE="-drive if=none,id=clients,file=$clients,format=raw,snapshot=on -device virtio-blk-pci,drive=clients,serial=lab-clients"
LAB_MORE+=" -drive if=none,id=over,file=$over,format=raw,snapshot=on -device virtio-blk-pci,drive=over,serial=lab-over"
LAB_MORE+=" -global virtio-net-pf.dirty-log=112"
export LAB_MORE
# shellcheck disable=SC2086	# words
exec tools/testing/lab/lab pair -k "${CHECK_KERNEL:-6.1}" -t 1900 -- \
	bash tools/testing/lab/clients/vfio-migrate-libvirt.sh ${MIGRATE_MODES:-legacy modern}
