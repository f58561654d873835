/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A layer-2 switch inside the card: ports reach each other by MAC address.
 * Its ports are QEMU net clients; whoever is a port's peer is plugged into it.
 */
#ifndef CARD_SWITCH_H
#define CARD_SWITCH_H

#include "net/net.h"

typedef struct L2Switch L2Switch;

L2Switch *l2_switch_new(const char *name);
/* All ports are to be freed before. */
void l2_switch_free(L2Switch *l2);

NetClientState *l2_switch_port_new(L2Switch *l2, const char *name);
/* The peer, if there still is one, has no peer afterwards. */
void l2_switch_port_free(NetClientState *port);

#endif /* CARD_SWITCH_H */
