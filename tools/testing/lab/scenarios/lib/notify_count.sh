#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# notify_count.sh PF VF WAY: how many notifications the card's VF number VF has
# received this way: member, owner (its own BAR or the PF's), common-cfg
exec /usr/bin/python3 - "$@" <(card stats "$1") <<'END'
import json
import sys

pf, vf, way, stats = sys.argv[1:]
with open(stats) as file:
    print(json.load(file)["vfs"][int(vf)]["notifies"].get(way, 0))
END
