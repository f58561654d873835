/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network device's share of its parts, for its row of types: see parts_net.c. */
#ifndef CARD_PARTS_NET_H
#define CARD_PARTS_NET_H

#include "parts.h"

/* An announcement without padding behind, as it is on the wire */
#define RARP_LEN	60
#define RARP_SENDER	22
#define RARP_TARGET	32

extern const struct part_rows parts_net;

/* OWN_*_OVERFLOW */
uint8_t parts_net_flags(VirtIODevice *vdev);
void parts_net_set_flags(VirtIODevice *vdev, uint8_t flags);
/* The address is somewhere else from now on than it was seen last. */
void parts_net_arrived(VirtIODevice *vdev);

#endif /* CARD_PARTS_NET_H */
