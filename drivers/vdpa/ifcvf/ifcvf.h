/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ifcvf: VFs of Intel's cards as vDPA devices. They are modern virtio-pci functions, which
 * vp_vdpa makes devices of; what they have in addition is an area for live migration in
 * BAR 4, with the place of each queue.
 *
 * Calls between the files go down: ifcvf_main.c, ifcvf_lm.c, and then vp_vdpa.
 */
#ifndef IFCVF_H
#define IFCVF_H

#include "../virtio_pci/vp_vdpa.h"

/* ifcvf_lm.c */
extern const struct vpv_place_ops ifcvf_places;

#endif /* IFCVF_H */
