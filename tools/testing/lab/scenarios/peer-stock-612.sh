#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: peer-stock-612
# about: stock 6.12, nothing of ours: it finds the card's admin queue, its virtio_net runs on PF and VFs
# when: full
# limit: 900
# where: host
LAB_MODULES=none exec tools/testing/lab/lab run -k 6.12 -t 600 -- bash tools/testing/lab/peer/stock.sh
