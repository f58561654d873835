#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In an installed system, once it has booted: what became of the modules and the VFs?
# To the second serial port; then the machine is powered off.
exec >/dev/ttyS1 2>&1
pf=0000:01:00.0
device=/sys/bus/pci/devices/$pf
unit=virtio-vfs@$pf.service

for _ in $(seq 120); do
	! systemctl is-active -q "$unit" || break
	sleep 1
done
echo "release $(uname -r)"
echo "virtio_pci $(cat /sys/module/virtio_pci/srcversion)"
echo "pf $(basename "$(readlink "$device/driver")")"
echo "unit $(systemctl is-active "$unit")"
for vf in "$device"/virtfn*; do
	echo "vf $(basename "$(readlink "$vf")") $(basename "$(readlink "$vf/driver")")"
done
systemctl stop "$unit"
echo "left $(cat "$device/sriov_numvfs")"
echo "--- more than there are"
echo VFS=9 >"/etc/virtio-vfs/$pf.conf"
systemctl start "$unit"
journalctl -q -o cat -u "$unit" | tail -n 5
echo "--- console"
journalctl -q -b -o cat -p warning | tail -n 40
echo end
systemctl poweroff --force
