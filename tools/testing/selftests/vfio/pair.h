/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two VFs of the same card, those that VFIO_DEVICE and VFIO_PEER name, as the source and
 * the destination of a migration. For tests: what must not fail ends them.
 */
#ifndef PAIR_H
#define PAIR_H

#include "migration.h"

#define IOVA		0x100000
#define PAGE		4096
#define QUEUE_ROOM	(16 * PAGE)	/* rings of up to 1024 entries, and a buffer behind them */
#define QUEUE_BUFFER	(12 * PAGE)
#define QUEUES_MAX	8
#define CONFIG_MAX	80

/* Copies: who opened them closes them */
extern struct vf from, to;
/* What both of them see at IOVA: a guest's memory, a QUEUE_ROOM for each queue */
extern uint8_t *memory;

/* Both opened anew, with empty memory */
void pair_fresh(void);

void put(struct vf *vf, unsigned int offset, size_t len, uint64_t value);
/* Bus master, memory and ports on */
void master(struct vf *vf);
/* As a legacy driver does, with all that the device offers, rings at IOVA, two vectors */
void drive(struct vf *vf);

/* What can be seen of a device through BAR0 */
struct registers {
	int64_t features, status, select, config_vector;
	int64_t address[QUEUES_MAX], size[QUEUES_MAX], vector[QUEUES_MAX];
	uint8_t config[CONFIG_MAX];
};

void look(struct vf *vf, struct registers *it);
void same(const struct registers *a, const struct registers *b);
/* The same, but that a NIC's driver that can is asked to announce itself */
void arrived(const struct registers *before, const struct registers *after);

/* To STOP, and all that is to be read on the way */
void save(struct vf *vf, bool pre_copy, struct mig_stream *it);

/* What became of a stream: 0, or an error and where it came */
struct outcome {
	int error;
	bool at_stop;
};

/* The first @len bytes, up to @cut a call; in STOP when it went well, else in RESUMING */
struct outcome load(struct vf *vf, const struct mig_stream *it, size_t len, size_t cut);
/* To RUNNING */
void run(struct vf *vf);

#endif /* PAIR_H */
