#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""device_plugin.py FILE: the functions that the SR-IOV network device plugin would offer.

FILE is the plugin's ConfigMap. By the rules that the plugin documents: a netDevice is a
function of PCI class 02; one that has VFs of its own is not offered; of a selector every
list has to have the function in it, of several selectors one. Each rule is asked of sysfs.
Prints a line for each: the resource, and the function's address.
"""
import json
import os
import sys

DEVICES = "/sys/bus/pci/devices"
CLASSES = {"netDevice": 0x02, "accelerator": 0x12}
KNOWN = ("vendors", "devices", "drivers")
REQUIRED = ("resourceName", "selectors")


def config_of(path):
    """The JSON below "config.json: |": the lines that are indented further."""
    lines, depth = [], None
    with open(path) as file:
        for line in file:
            indent = len(line) - len(line.lstrip())
            if depth is None:
                if line.strip() == "config.json: |":
                    depth = indent
            elif line.strip() and indent <= depth:
                break
            else:
                lines.append(line)
    return json.loads("".join(lines))


def read(address, name):
    with open(os.path.join(DEVICES, address, name)) as file:
        return int(file.read(), 0)


def facts(address):
    driver = os.path.join(DEVICES, address, "driver")
    return {
        "vendors": "%04x" % read(address, "vendor"),
        "devices": "%04x" % read(address, "device"),
        "drivers": os.path.basename(os.readlink(driver)) if os.path.exists(driver) else "",
    }


def has_vfs(address):
    path = os.path.join(DEVICES, address, "sriov_numvfs")
    return os.path.exists(path) and read(address, "sriov_numvfs") > 0


def selected(resource, address):
    kind = CLASSES[resource.get("deviceType", "netDevice")]
    if read(address, "class") >> 16 != kind or has_vfs(address):
        return False
    selectors = resource["selectors"]
    known = facts(address)
    return any(all(known[name] in values for name, values in selector.items())
               for selector in (selectors if isinstance(selectors, list) else [selectors]))


def main():
    for resource in config_of(sys.argv[1])["resourceList"]:
        for name in REQUIRED:
            if name not in resource:
                sys.exit("a resource without %s" % name)
        for selector in resource["selectors"]:
            for name in selector:
                if name not in KNOWN:
                    sys.exit("%s is a rule that this does not know" % name)
        for address in sorted(os.listdir(DEVICES)):
            if selected(resource, address):
                print("%s/%s %s" % (resource.get("resourcePrefix", "intel.com"),
                                    resource["resourceName"], address))


if __name__ == "__main__":
    main()
