#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: card-qtest
# about: the card by qtest, without an operating system: specification, faults, bad drivers
# when: full
# limit: 900
# where: host
set -eu

programs=$(tools/testing/qemu/build --qtests)
QTEST_QEMU_BINARY=$(tools/testing/qemu/build)
export QTEST_QEMU_BINARY
exec "$programs/card-qtest"
