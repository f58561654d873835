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

/*
 * A port has a lane for each queue pair of its peer. The first stands for the
 * port, and takes what another's queue pair does not.
 */
NetClientState *l2_switch_port_new(L2Switch *l2, const char *name, unsigned int lanes);
NetClientState *l2_switch_port_lane(NetClientState *port, unsigned int lane);
/* All lanes. The peer, if there still is one, has no peer afterwards. */
void l2_switch_port_free(NetClientState *port);

#endif /* CARD_SWITCH_H */
