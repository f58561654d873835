#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""unpack_kernel.py VMLINUZ VMLINUX: take the ELF image out of a bzImage.

The emulator boots it as it is (PVH), which spares it the decompression: two
seconds under TCG. Where the payload lies is in the header that the kernel's
Documentation/arch/x86/boot.rst describes.
"""
import struct
import subprocess
import sys

TOOLS = {b"\xfd7zXZ\0": ["xz", "-dc", "--single-stream"], b"\x28\xb5\x2f\xfd": ["zstd", "-dqc"],
         b"\x1f\x8b": ["gzip", "-dc"]}
SETUP_SECTS, MAGIC, PAYLOAD = 0x1f1, 0x202, 0x248


def payload(image):
    if image[MAGIC:MAGIC + 4] != b"HdrS":
        sys.exit("unpack_kernel: error: no kernel header")
    offset, length = struct.unpack_from("<II", image, PAYLOAD)
    start = (image[SETUP_SECTS] + 1) * 512 + offset
    return image[start:start + length - 4]      # the unpacked size follows


def main():
    with open(sys.argv[1], "rb") as file:
        data = payload(file.read())
    for magic, tool in TOOLS.items():
        if data.startswith(magic):
            break
    else:
        sys.exit("unpack_kernel: error: unknown compression")
    result = subprocess.run(tool, input=data, stdout=subprocess.PIPE, check=False)
    if not result.stdout.startswith(b"\x7fELF"):
        sys.exit("unpack_kernel: error: no ELF image inside")
    with open(sys.argv[2], "wb") as file:
        file.write(result.stdout)


if __name__ == "__main__":
    main()
