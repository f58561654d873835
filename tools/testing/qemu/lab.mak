# The emulator's boards and devices: what the lab's machine is made of, what its tests
# plug in, and a guest's machine for scenarios/guest-ioeventfd.sh. All others stay out.
CONFIG_Q35=y
CONFIG_I440FX=y
CONFIG_HPET=y
CONFIG_VTD=y
CONFIG_PCIE_PORT=y
CONFIG_VFIO_PCI=y
CONFIG_VIRTIO_PCI=y
CONFIG_VIRTIO_NET=y
CONFIG_VIRTIO_BLK=y
CONFIG_VIRTIO_SCSI=y
CONFIG_VIRTIO_SERIAL=y
CONFIG_VIRTIO_BALLOON=y
CONFIG_VIRTIO_RNG=y
CONFIG_VIRTIO_9P=y
CONFIG_EDU=y
