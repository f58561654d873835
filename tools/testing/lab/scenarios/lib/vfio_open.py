#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""vfio_open.py COUNT ADDRESS...: open and close VFs through vfio, COUNT times in all.

Each opening resets the function (FLR) and reads its vendor ID through vfio.
"""
import fcntl
import os
import struct
import sys

SET_IOMMU, SET_CONTAINER, GET_DEVICE, REGION_INFO = 0x3b66, 0x3b68, 0x3b6a, 0x3b6c
TYPE1V2, CONFIG_REGION = 3, 7


def open_once(address):
    group_number = os.path.basename(os.readlink("/sys/bus/pci/devices/%s/iommu_group" % address))
    opened = [os.open("/dev/vfio/vfio", os.O_RDWR)]
    try:
        opened.append(os.open("/dev/vfio/" + group_number, os.O_RDWR))
        fcntl.ioctl(opened[1], SET_CONTAINER, struct.pack("i", opened[0]))
        fcntl.ioctl(opened[0], SET_IOMMU, TYPE1V2)
        opened.append(fcntl.ioctl(opened[1], GET_DEVICE, bytearray(address.encode() + b"\0")))
        info = bytearray(struct.pack("IIIIQQ", 32, 0, CONFIG_REGION, 0, 0, 0))
        fcntl.ioctl(opened[2], REGION_INFO, info)
        offset = struct.unpack("IIIIQQ", info)[5]
        vendor, = struct.unpack("<H", os.pread(opened[2], 2, offset))
        with open("/sys/bus/pci/devices/%s/vendor" % address) as file:
            if vendor != int(file.read(), 16):
                sys.exit("%s: vendor ID %04x through vfio" % (address, vendor))
    finally:
        for fd in reversed(opened):
            os.close(fd)


def main():
    count, addresses = int(sys.argv[1]), sys.argv[2:]
    for number in range(count):
        open_once(addresses[number % len(addresses)])


if __name__ == "__main__":
    main()
