#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""legacy_regs.py ADDRESS: drive a VF's legacy registers through vfio, no VMM between.

One line NAME VALUE for each thing read; whoever runs it judges. The order is
that of a legacy driver: reset, ACKNOWLEDGE, DRIVER, features, queues, device
configuration (virtio 1.x, "Legacy Interface: Device Initialization").
"""
import fcntl
import os
import struct
import sys

SET_IOMMU, SET_CONTAINER, GET_DEVICE = 0x3b66, 0x3b68, 0x3b6a
DEVICE_INFO, REGION_INFO = 0x3b6b, 0x3b6c
TYPE1V2, BAR0, CONFIG = 3, 0, 7
COMMAND, IO_DECODE = 4, 1

# legacy registers: offset, width
FEATURES, GUEST_FEATURES, QUEUE_SIZE, QUEUE_SELECT, STATUS = (0, 4), (4, 4), (12, 2), (14, 2), (18, 1)
DEVICE_CONFIG = 20
WIDTHS = {1: "<B", 2: "<H", 4: "<I"}


class Function:
    def __init__(self, address):
        path = "/sys/bus/pci/devices/%s/iommu_group" % address
        self.container = os.open("/dev/vfio/vfio", os.O_RDWR)
        self.group = os.open("/dev/vfio/" + os.path.basename(os.readlink(path)), os.O_RDWR)
        fcntl.ioctl(self.group, SET_CONTAINER, struct.pack("i", self.container))
        fcntl.ioctl(self.container, SET_IOMMU, TYPE1V2)
        self.fd = fcntl.ioctl(self.group, GET_DEVICE, bytearray(address.encode() + b"\0"))

    def region(self, index):
        """Flags, size and offset of a region."""
        info = bytearray(struct.pack("IIIIQQ", 32, 0, index, 0, 0, 0))
        fcntl.ioctl(self.fd, REGION_INFO, info)
        _, flags, _, _, size, offset = struct.unpack("IIIIQQ", info)
        return flags, size, offset

    def read(self, index, at, width):
        data = os.pread(self.fd, width, self.region(index)[2] + at)
        return struct.unpack(WIDTHS[width], data)[0]

    def write(self, index, at, width, value):
        os.pwrite(self.fd, struct.pack(WIDTHS[width], value), self.region(index)[2] + at)


def show(name, value):
    print(name, value, flush=True)


def status_walk(vf):
    """Each status bit is kept, and all are gone after a reset."""
    seen = []
    for value in (0, 1, 3):
        vf.write(BAR0, *STATUS, value)
        seen.append(vf.read(BAR0, *STATUS))
    show("status", ",".join(map(str, seen)))


def queues(vf):
    sizes = []
    for number in range(3):
        vf.write(BAR0, *QUEUE_SELECT, number)
        sizes.append(vf.read(BAR0, *QUEUE_SIZE))
    show("queue_sizes", ",".join(map(str, sizes)))


def main():
    vf = Function(sys.argv[1])
    show("id", "%04x:%04x" % (vf.read(CONFIG, 0, 2), vf.read(CONFIG, 2, 2)))
    show("revision", "%02x" % vf.read(CONFIG, 8, 1))
    flags, size, _ = vf.region(BAR0)
    show("bar0", "size %d flags %d" % (size, flags))
    vf.write(CONFIG, COMMAND, 2, vf.read(CONFIG, COMMAND, 2) | IO_DECODE)
    status_walk(vf)
    features = vf.read(BAR0, *FEATURES)
    show("features", "%08x" % features)
    vf.write(BAR0, *GUEST_FEATURES, features & 1 << 5)      # VIRTIO_NET_F_MAC
    show("guest_features", "%08x" % vf.read(BAR0, *GUEST_FEATURES))
    queues(vf)
    show("mac", ":".join("%02x" % vf.read(BAR0, DEVICE_CONFIG + n, 1) for n in range(6)))
    vf.write(BAR0, *STATUS, 0)


if __name__ == "__main__":
    main()
