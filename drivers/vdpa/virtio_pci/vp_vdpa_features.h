/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which features of the function does its vDPA device offer? Pure.
 */
#ifndef VP_VDPA_FEATURES_H
#define VP_VDPA_FEATURES_H

#include <linux/types.h>

struct vpv_offer {
	u64 possible;		/* what can be asked for */
	u64 by_default;
};

/* Return: the name of a feature that the function must have and has not, or NULL */
const char *vpv_features(u64 function, struct vpv_offer *offer);

/* Of the device type's features, those that are not offered by default */
u64 vpv_on_demand(u32 device_id);

#endif /* VP_VDPA_FEATURES_H */
