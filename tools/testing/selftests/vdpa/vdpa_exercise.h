/* SPDX-License-Identifier: GPL-2.0-only */
/* What the two parts of the module vdpa_exercise say to each other. */
#ifndef VDPA_EXERCISE_H
#define VDPA_EXERCISE_H

#include <linux/vdpa.h>

#define EXERCISE_NAME	"vdpaexercise"

/* A parent whose tables are complete, and the size of its device's struct */
struct exercise_parent {
	struct device *device;
	const struct vdpa_config_ops *ops;
	const struct vdpa_map_ops *map;
	size_t size;
};

/* map a kernel driver's memory */
extern const struct virtio_map_ops exercise_dma_ops;

/* Return: 0, or -EINVAL when the bus takes or refuses what it should not; the log says what */
int exercise_tables(const struct exercise_parent *parent);

#endif /* VDPA_EXERCISE_H */
