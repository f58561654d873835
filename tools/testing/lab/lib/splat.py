# SPDX-License-Identifier: GPL-2.0-only
"""What in a kernel's log means that the kernel itself found something wrong."""
import re

# after these the kernel cannot be trusted: the run is ended
DEADLY = re.compile(
    r"Kernel panic|\bOops\b|^.{0,20}\bBUG: (?!sleeping|scheduling|using|workqueue)|kernel BUG at|"
    r"general protection fault.*\[#|invalid opcode: |double fault: |stack guard page|"
    r"KASAN: |Unable to handle kernel|unable to handle page fault")

# these fail the run when it is over
OTHER = re.compile(
    r"\bBUG: |\bWARNING: (?:CPU|possible|suspicious|inconsistent|bad|held|lock|Nested|.*\bat [a-z_/]+\.[ch]:\d)|"
    r"INFO: task .* blocked for more than|INFO: possible |INFO: trying to register non-static|"
    r"rcu.*(?:self-detected stall|detected stalls|detected expedited stalls)|"
    r"watchdog: BUG|UBSAN: |refcount_t: |list_(?:add|del) corruption|DEBUG_LOCKS_WARN_ON|"
    r"kmemleak: \d+ new suspected|unregister_netdevice: waiting for|KCSAN: |KFENCE: |"
    r"------------\[ cut here \]------------|Bad page state|scheduling while atomic")


def kind(line):
    """'deadly', 'other', or None for a line that is no splat."""
    if DEADLY.search(line):
        return "deadly"
    if OTHER.search(line):
        return "other"
    return None
