#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: peer-selftests-73
# about: mainline's own tests of vfio, unchanged, on a VF of ours, in every IOMMU mode of 7.3
# when: full
# limit: 600
# where: host
# kernel: 7.3
set -e
tools/testing/lab/peer/selftests
# huge pages for the tests that map them
export LAB_APPEND="hugepagesz=1G hugepages=1 hugepagesz=2M hugepages=8"
exec tools/testing/lab/lab run -k 7.3 -t 300 -- bash tools/testing/lab/peer/selftests.sh
