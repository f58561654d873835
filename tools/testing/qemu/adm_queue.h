/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An admin command in flight and the queue it came from: what adm_queue.c
 * gives to the commands in adm_cmd.c.
 */
#ifndef CARD_ADM_QUEUE_H
#define CARD_ADM_QUEUE_H

#include "hw/virtio/virtio.h"
#include "spec.h"

struct card_pf;
struct adm_cmd;

/* virtio_admin_cmd_list: as many words as the longest list the card gives */
#define ADM_LIST_WORDS	3

struct adm_list {
	uint64_t word[ADM_LIST_WORDS];
};

struct adm_queue {
	VirtQueue *vq;			/* NULL before realize and after exit */
	uint32_t latency_us;
	QEMUTimer *timer;
	/* Popped, not yet completed, in the order the driver made them available */
	QTAILQ_HEAD(, adm_cmd) pending;
};

enum adm_stage {
	ADM_WAITING,			/* runs at ADM_CMD::at */
	ADM_RAN,			/* completes at ADM_CMD::at */
	ADM_HELD,			/* completes after the next one, at ADM_CMD::at at the latest */
};

/* QEMU's virtqueue_pop() allocates it, so the element comes first. */
struct adm_cmd {
	VirtQueueElement elem;
	QTAILQ_ENTRY(adm_cmd) next;
	struct card_pf *pf;
	enum adm_stage stage;
	int64_t at;			/* ns of QEMU_CLOCK_VIRTUAL */
	size_t readable;		/* bytes of the device-readable part */
	size_t writable;
	/* The header; bytes that the driver left out are zero */
	uint16_t opcode;
	uint16_t group;
	uint64_t member;
	bool again;			/* it cannot be done yet */
	/* The answer */
	uint16_t status;
	uint16_t qualifier;
	uint8_t *result;
	size_t result_len;		/* never more than fits the writable part */
};

void adm_queue_init(struct adm_queue *queue, struct card_pf *pf);
void adm_queue_attach(struct adm_queue *queue, VirtQueue *vq);
void adm_queue_exit(struct adm_queue *queue);
/* Give every command back uncompleted: before a reset, which forgets them all. */
void adm_queue_drop(struct adm_queue *queue);
/* Something that holds commands back has changed. */
void adm_queue_kick(struct adm_queue *queue);
void adm_queue_doorbell(VirtIODevice *vdev, VirtQueue *vq);

#endif /* CARD_ADM_QUEUE_H */
