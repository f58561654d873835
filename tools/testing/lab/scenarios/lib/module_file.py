#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""A kernel module's file, where there are no binutils.

module_file.py exports FILE            the names that it exports, sorted
module_file.py rename FILE NEW NAME    a copy that calls itself NAME, unsigned
module_file.py bump FILE NEW SYMBOL N  a copy whose byte N of SYMBOL is one more, unsigned
"""
import sys

MAGIC = b"~Module signature appended~\n"
NAME_MAX = 55


def number(data, at, size):
    return int.from_bytes(data[at:at + size], "little")


def sections(data):
    """Name, offset and size of each, in their order; of a 64-bit file."""
    if data[:5] != b"\x7fELF\x02":
        sys.exit("not a 64-bit ELF file; compressed?")
    table, count, index = number(data, 0x28, 8), number(data, 0x3c, 2), number(data, 0x3e, 2)
    names = number(data, table + 64 * index + 24, 8)
    for i in range(count):
        at = table + 64 * i
        name = names + number(data, at, 4)
        yield data[name:data.index(b"\0", name)].decode(), number(data, at + 24, 8), \
            number(data, at + 32, 8)


def section(data, wanted):
    for name, offset, size in sections(data):
        if name == wanted:
            return offset, size
    sys.exit("no section %s" % wanted)


def exports(data):
    offset, size = section(data, "__ksymtab_strings")
    names = data[offset:offset + size].decode().split("\0")
    return sorted({name for name in names if name})


def unsigned(data):
    """Changed, its signature would be a wrong one, which is worse than none."""
    if not data.endswith(MAGIC):
        return data
    end = len(data) - len(MAGIC)
    length = int.from_bytes(data[end - 4:end], "big")
    return data[:end - 12 - length]


def rename(data, name):
    """In its struct module the name is the first text, padded with zeroes."""
    offset, size = section(data, ".gnu.linkonce.this_module")
    at = offset
    while not data[at]:
        at += 1
    end = data.index(b"\0", at)
    if at >= offset + size or len(name) > NAME_MAX:
        sys.exit("no name in it, or too long a new one")
    data = bytearray(data)
    data[at:max(end, at + len(name))] = name.encode().ljust(end - at, b"\0")
    return bytes(data)


def symbol(data, wanted):
    """The offset of a symbol's value in the file."""
    offset, size = section(data, ".symtab")
    names, _ = section(data, ".strtab")
    for at in range(offset, offset + size, 24):
        name = names + number(data, at, 4)
        if data[name:data.index(b"\0", name)].decode() == wanted:
            _, start, _ = list(sections(data))[number(data, at + 6, 2)]
            return start + number(data, at + 8, 8)
    sys.exit("no symbol %s" % wanted)


def bump(data, name, at):
    data, at = bytearray(data), symbol(data, name) + at
    data[at] += 1
    return bytes(data)


def main():
    with open(sys.argv[2], "rb") as file:
        data = file.read()
    if sys.argv[1] == "exports":
        print("\n".join(exports(data)))
        return
    data = unsigned(data)
    if sys.argv[1] == "bump":
        data = bump(data, sys.argv[4], int(sys.argv[5]))
    else:
        data = rename(data, sys.argv[4])
    with open(sys.argv[3], "wb") as file:
        file.write(data)


if __name__ == "__main__":
    main()
