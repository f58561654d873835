// SPDX-License-Identifier: GPL-2.0-or-later
#include "rows.h"
static void nothing(struct card *card) { }
static const struct row switch_rows[] = { { "nothing", "x", NET | TOLERANT, BARE, nothing } };
FAMILY(switch);
