# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The part of virtio-shutdown inside the VM: go_down.sh poweroff|reboot TIMEOUT-MS [PF...]
# These PFs do not finish a reset any more; then the machine goes down as init would have it.
set -eu
how=$1 timeout_ms=$2
shift 2

echo "$timeout_ms" >/sys/module/virtio_pci/parameters/reset_timeout_ms
for pf in "$@"; do
	card set "$pf" lies 'common+20/1=1' >/dev/null
done
sync
echo "going down: $(find /sys/bus/virtio/drivers/virtio_net/ -name 'virtio*' | wc -l) network devices in use"
# for that line to be out
sleep 1
exec /usr/bin/python3 -c '
import ctypes, sys
# reboot(2): LINUX_REBOOT_CMD_POWER_OFF, LINUX_REBOOT_CMD_RESTART
ctypes.CDLL(None).reboot({"poweroff": 0x4321fedc, "reboot": 0x01234567}[sys.argv[1]])' "$how"
