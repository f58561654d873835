# SPDX-License-Identifier: GPL-2.0-only
"""What machine is the guest? Debian's own QEMU with KVM, as words of its command line."""
import os
import re
import shlex
import shutil

EMULATOR = shlex.split(os.environ.get("GUEST_QEMU", "qemu-system-x86_64"))
LOCAL_COPY = "/run/guest"       # memory of the hypervisor VM: reading /lab costs a second each time
IMAGE = ("vmlinux", "initramfs.cpio")
VFIO_DRIVERS = re.compile(r"(vfio[-_]pci|virtio[-_]vfio[-_]pci)$")
BDF = re.compile(r"[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$")


class Unfit(Exception):
    """The guest cannot be started; the text says why, in one line."""


def full_address(text):
    """The address of a PCI function with its domain."""
    address = text.lower()
    if len(address) == len("00:00.0"):
        address = "0000:" + address
    if not BDF.match(address):
        raise Unfit("%s is no PCI address" % text)
    return address


def check_kvm():
    try:
        os.close(os.open("/dev/kvm", os.O_RDWR))
    except OSError as error:
        raise Unfit("no nested KVM here: /dev/kvm: %s (is kvm_amd loaded, and has the "
                    "processor SVM?)" % error.strerror)


def check_function(address):
    """A function goes to a guest only from the hands of a vfio driver."""
    device = "/sys/bus/pci/devices/" + address
    if not os.path.exists(device):
        raise Unfit("there is no PCI function %s" % address)
    if not os.path.exists(device + "/driver"):
        raise Unfit("%s has no driver; bind it: driverctl --nosave set-override %s "
                    "virtio-vfio-pci" % (address, address))
    driver = os.path.basename(os.readlink(device + "/driver"))
    if not VFIO_DRIVERS.match(driver):
        raise Unfit("%s is bound to %s, not to a vfio driver; use: driverctl --nosave "
                    "set-override %s virtio-vfio-pci" % (address, driver, address))
    if not os.path.exists(device + "/iommu_group"):
        raise Unfit("%s has no IOMMU group" % address)


def image_files(folder):
    """The kernel and the initramfs, copied to where QEMU reads them fast."""
    try:
        with open(os.path.join(folder, "key")) as file:
            local = os.path.join(LOCAL_COPY, file.read().strip())
    except OSError:
        raise Unfit("no guest image in %s; on the outer machine run: "
                    "tools/testing/lab/guest/build" % folder)
    if not os.path.isdir(local):
        fresh = "%s.%d" % (local, os.getpid())
        os.makedirs(fresh)
        for name in IMAGE:
            shutil.copyfile(os.path.join(folder, name), os.path.join(fresh, name))
        try:
            os.rename(fresh, local)
        except OSError:         # another guest was first
            shutil.rmtree(fresh)
    return [os.path.join(local, name) for name in IMAGE]


def vfio_device(address, number, more=""):
    return ["-device", "vfio-pci,host=%s,id=vf%d%s" % (address, number, more and "," + more)]


def kernel_words(options):
    words = ["console=ttyS0", "loglevel=5", "panic=-1", "mitigations=off", "tsc=reliable"]
    if options.legacy:
        words.append("virtio_pci.force_legacy=1")
    if options.old:
        words.append("lab.modules=old")
    return " ".join(words + options.append)


def command(options, console, report_fd, monitor_fd):
    """The whole command line. Console and report are the two serial ports, in this order."""
    kernel, initramfs = image_files(options.image)
    words = EMULATOR + [
        "-nodefaults", "-no-user-config", "-display", "none",
        "-machine", options.machine, "-accel", "kvm", "-cpu", "host",
        "-smp", str(options.smp), "-m", str(options.mem),
        "-kernel", kernel, "-initrd", initramfs, "-append", kernel_words(options),
        "-chardev", console, "-serial", "chardev:console",
        "-chardev", "socket,id=report,fd=%d" % report_fd, "-serial", "chardev:report",
        "-chardev", "socket,id=monitor,fd=%d" % monitor_fd,
        "-mon", "chardev=monitor,mode=control"]
    for number, address in enumerate(options.vf):
        words += vfio_device(address, number, options.vf_options)
    if options.incoming:
        words += ["-incoming", "defer"]
    return words + options.extra
