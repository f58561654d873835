#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""vfio_cdev.py ADDRESS: use a VF through its character device and iommufd.

Binds it to an iommufd, attaches it to an I/O address space, maps and unmaps memory there,
resets it, detaches it; what a user may not do in between has to be refused.
"""
import ctypes
import errno
import fcntl
import mmap
import os
import struct
import sys

GET_INFO, REGION_INFO, RESET, HOT_RESET_INFO = 0x3b6b, 0x3b6c, 0x3b6f, 0x3b70
BIND, ATTACH, DETACH = 0x3b76, 0x3b77, 0x3b78
DESTROY, IOAS_ALLOC, IOAS_MAP, IOAS_UNMAP = 0x3b80, 0x3b81, 0x3b85, 0x3b86
MAP_FLAGS = 1 | 2 | 4           # at this IOVA, writeable, readable
BAR0, CONFIG = 0, 7
IOVA, LENGTH = 0x100000, 0x4000


def call(fd, number, form, *values):
    """The structure as the kernel leaves it."""
    data = bytearray(struct.pack(form, struct.calcsize(form), *values))
    fcntl.ioctl(fd, number, data)
    return struct.unpack(form, data)


def refused(number, fd, *arguments):
    try:
        call(fd, number, *arguments)
    except OSError as error:
        return error.errno
    sys.exit("%#x was not refused" % number)


def expect(what, value, wanted):
    if value != wanted:
        sys.exit("%s is %r, not %r" % (what, value, wanted))


def region(device, index):
    """Size and offset of a region."""
    return call(device, REGION_INFO, "=IIIIQQ", 0, index, 0, 0, 0)[4:]


def use(address, iommufd, device):
    sys_device = "/sys/bus/pci/devices/" + address
    expect("GET_INFO before it is bound", refused(GET_INFO, device, "=IIIIII", *[0] * 5),
           errno.EINVAL)
    call(device, BIND, "=IIiI", 0, iommufd, 0)
    expect("binding twice", refused(BIND, device, "=IIiI", 0, iommufd, 0), errno.EINVAL)
    ioas = call(iommufd, IOAS_ALLOC, "=III", 0, 0)[2]
    call(device, ATTACH, "=III", 0, ioas)

    memory = mmap.mmap(-1, LENGTH)
    where = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    call(iommufd, IOAS_MAP, "=IIIIQQQ", MAP_FLAGS, ioas, 0, where, LENGTH, IOVA)
    expect("mapping over it", refused(IOAS_MAP, iommufd, "=IIIIQQQ", MAP_FLAGS, ioas, 0, where,
                                      LENGTH, IOVA), errno.EEXIST)

    with open(sys_device + "/device") as file:
        modern = int(file.read(), 16)
    offset = region(device, CONFIG)[1]
    vendor, seen = struct.unpack("<HH", os.pread(device, 4, offset))
    expect("the vendor ID", vendor, 0x1af4)
    expect("the device ID a guest sees", seen, modern - 0x1041 + 0x1000)
    command = offset + 4
    os.pwrite(device, b"\7\0", command)         # I/O, memory, bus master
    size, offset = region(device, BAR0)
    if size < 32:
        sys.exit("BAR0 has %d bytes" % size)
    status = offset + 18
    os.pwrite(device, b"\1", status)
    expect("the device's status in BAR0", os.pread(device, 1, status), b"\1")
    fcntl.ioctl(device, RESET)
    os.pwrite(device, b"\7\0", command)         # the reset turned them off
    expect("the status after a reset", os.pread(device, 1, status), b"\0")
    # there is more than one function behind the port, so the list does not fit
    expect("HOT_RESET_INFO without room", refused(HOT_RESET_INFO, device, "=III", 0, 0),
           errno.ENOSPC)

    expect("destroying what is in use", refused(DESTROY, iommufd, "=II", ioas), errno.EBUSY)
    expect("unmapping", call(iommufd, IOAS_UNMAP, "=IIQQ", ioas, IOVA, LENGTH)[3], LENGTH)
    call(device, DETACH, "=II", 0)
    call(iommufd, DESTROY, "=II", ioas)


def main():
    address = sys.argv[1]
    name, = os.listdir("/sys/bus/pci/devices/%s/vfio-dev" % address)
    iommufd = os.open("/dev/iommu", os.O_RDWR)
    device = os.open("/dev/vfio/devices/" + name, os.O_RDWR)
    use(address, iommufd, device)
    os.close(device)
    os.close(iommufd)


if __name__ == "__main__":
    main()
