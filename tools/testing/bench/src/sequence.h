/* SPDX-License-Identifier: GPL-2.0-only */
/* What a legacy driver does to a net VF's registers when it probes. */
#ifndef SEQUENCE_H
#define SEQUENCE_H

#include "vf.h"

#define SEQUENCE_VECTORS	3	/* MSI-X vectors it has to have */

int sequence_reset(struct vf *vf);
/* From reset to DRIVER_OK. Return: 0, or the error of the access that failed */
int sequence_probe(struct vf *vf);

#endif /* SEQUENCE_H */
