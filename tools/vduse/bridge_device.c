// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is the VDUSE device made that a back end serves, and what do its messages mean?
 *
 * What it offers is what the back end offers, less what needs more than queues and memory:
 * configuration that a driver writes, a control queue, packed rings, whose state is more than
 * an index.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/vduse.h>
#include <linux/vduse_ext.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bridge.h"

#define BIT(n)		(1ULL << (n))

#define RING_FEATURES	(BIT(VIRTIO_RING_F_INDIRECT_DESC) | BIT(VIRTIO_RING_F_EVENT_IDX) | \
			 BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_F_IN_ORDER) | \
			 BIT(VIRTIO_F_ORDER_PLATFORM))
#define BLK_FEATURES	(BIT(VIRTIO_BLK_F_SIZE_MAX) | BIT(VIRTIO_BLK_F_SEG_MAX) | \
			 BIT(VIRTIO_BLK_F_GEOMETRY) | BIT(VIRTIO_BLK_F_RO) | \
			 BIT(VIRTIO_BLK_F_BLK_SIZE) | BIT(VIRTIO_BLK_F_FLUSH) | \
			 BIT(VIRTIO_BLK_F_TOPOLOGY) | BIT(VIRTIO_BLK_F_MQ) | \
			 BIT(VIRTIO_BLK_F_DISCARD) | BIT(VIRTIO_BLK_F_WRITE_ZEROES))
#define NET_FEATURES	(BIT(VIRTIO_NET_F_CSUM) | BIT(VIRTIO_NET_F_GUEST_CSUM) | \
			 BIT(VIRTIO_NET_F_GUEST_TSO4) | BIT(VIRTIO_NET_F_GUEST_TSO6) | \
			 BIT(VIRTIO_NET_F_GUEST_ECN) | BIT(VIRTIO_NET_F_GUEST_UFO) | \
			 BIT(VIRTIO_NET_F_HOST_TSO4) | BIT(VIRTIO_NET_F_HOST_TSO6) | \
			 BIT(VIRTIO_NET_F_HOST_ECN) | BIT(VIRTIO_NET_F_HOST_UFO) | \
			 BIT(VIRTIO_NET_F_MRG_RXBUF))

static int describe_disk(struct bridge *b)
{
	struct virtio_blk_config *blk = (void *)b->space;
	int ret;

	b->features &= RING_FEATURES | BLK_FEATURES;
	/* up to here a configuration space goes with all back ends */
	b->space_len = offsetof(struct virtio_blk_config, write_zeroes_may_unmap) + 4;
	if (!vu_has(&b->vu, VU_PROTOCOL_CONFIG)) {
		fprintf(stderr, "%s: the back end has no configuration space\n", b->path);
		return -EOPNOTSUPP;
	}
	if (b->nqueues == 1)
		b->features &= ~BIT(VIRTIO_BLK_F_MQ);
	ret = vu_get_config(&b->vu, b->space, b->space_len);
	blk->num_queues = b->nqueues;
	return ret;
}

static int describe_nic(struct bridge *b)
{
	struct virtio_net_config *net = (void *)b->space;
	unsigned int sum = 0;

	b->features &= RING_FEATURES | NET_FEATURES;
	b->space_len = sizeof(*net);
	net->status = VIRTIO_NET_S_LINK_UP;
	net->max_virtqueue_pairs = 1;
	/* an address of its own, the same each time: locally administered, by its name */
	for (const char *at = b->name; *at; at++)
		sum = sum * 31 + (unsigned char)*at;
	net->mac[0] = 0x02;
	for (int i = 2; i < 6; i++)
		net->mac[i] = sum >> 8 * (i - 2);
	return 0;
}

static int describe(struct bridge *b)
{
	int ret;

	b->features = b->vu.features;
	if (!(b->features & BIT(VIRTIO_F_VERSION_1))) {
		fprintf(stderr, "%s: the back end is not of virtio 1\n", b->path);
		return -EOPNOTSUPP;
	}
	if (b->device_id == VIRTIO_ID_NET)
		b->nqueues = 2;
	else if (b->nqueues > b->vu.queues)
		b->nqueues = b->vu.queues;
	ret = b->device_id == VIRTIO_ID_NET ? describe_nic(b) : describe_disk(b);
	b->borrowed = b->features;
	if (b->device_id == VIRTIO_ID_NET)
		b->features |= BIT(VIRTIO_NET_F_MAC) | BIT(VIRTIO_NET_F_STATUS);
	/* VDUSE's addresses are its own */
	b->features |= BIT(VIRTIO_F_ACCESS_PLATFORM);
	return ret;
}

/* A device of that name may be left from one of us that was killed: go on with it */
static int create(struct bridge *b)
{
	uint64_t own = BIT(VDUSE_F_SUSPEND) | BIT(VDUSE_F_RESUME), api = VDUSE_API_VERSION;
	struct vduse_dev_config *config;
	int ret = 0;

	if (ioctl(b->control, VDUSE_SET_API_VERSION, &api) ||
	    ioctl(b->control, VDUSE_SET_FEATURES, &own))
		return -errno;
	config = calloc(1, sizeof(*config) + b->space_len);
	if (!config)
		return -ENOMEM;
	snprintf(config->name, sizeof(config->name), "%s", b->name);
	config->device_id = b->device_id;
	config->features = b->features;
	config->vq_num = b->nqueues;
	config->vq_align = 4096;
	config->config_size = b->space_len;
	memcpy(config->config, b->space, b->space_len);
	if (ioctl(b->control, VDUSE_CREATE_DEV, config) && errno != EEXIST)
		ret = -errno;
	free(config);
	return ret;
}

static int set_bounce_size(struct bridge *b)
{
	char path[512], text[32];
	int fd, ret = 0;

	if (!b->bounce_size)
		return 0;
	snprintf(path, sizeof(path), "/sys/class/vduse/%s/bounce_size", b->name);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)b->bounce_size);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* -EPERM: the device is in use already, and has it as it is */
	if (write(fd, text, strlen(text)) < 0 && errno != EPERM)
		ret = -errno;
	close(fd);
	return ret;
}

static uint64_t bounce_size(struct bridge *b)
{
	char path[512];
	unsigned long long size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/vduse/%s/bounce_size", b->name);
	file = fopen(path, "r");
	if (file && fscanf(file, "%llu", &size) != 1)
		size = 0;
	if (file)
		fclose(file);
	return size;
}

/* Bounce memory in huge pages, which is ours, and the back end's by its file */
static int supply_memory(struct bridge *b)
{
	struct vduse_iova_umem umem = { .size = bounce_size(b) };
	void *at;
	int ret = 0;

	if (!b->huge)
		return 0;
	if (b->bounce_fd < 0)
		b->bounce_fd = memfd_create("vduse-bounce", MFD_CLOEXEC | MFD_HUGETLB);
	if (b->bounce_fd < 0 || ftruncate(b->bounce_fd, umem.size))
		return -errno;
	at = mmap(NULL, umem.size, PROT_READ | PROT_WRITE, MAP_SHARED, b->bounce_fd, 0);
	if (at == MAP_FAILED)
		return -errno;
	umem.uaddr = (uintptr_t)at;
	if (ioctl(b->dev, VDUSE_IOTLB_REG_UMEM, &umem))
		ret = -errno;
	/* the kernel has the pages pinned, the back end maps the file */
	munmap(at, umem.size);
	return ret;
}

static int setup_queues(struct bridge *b)
{
	for (unsigned int i = 0; i < b->nqueues; i++) {
		struct vduse_vq_config vq = { .index = i, .max_size = b->queue_size };

		if (ioctl(b->dev, VDUSE_VQ_SETUP, &vq))
			return -errno;
		if (b->queues[i].kick > 0)
			continue;
		b->queues[i].kick = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		b->queues[i].call = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		if (b->queues[i].kick < 0 || b->queues[i].call < 0)
			return -errno;
	}
	return 0;
}

int bridge_open(struct bridge *b)
{
	char path[512];
	int ret;

	snprintf(path, sizeof(path), "/dev/vduse/%s", b->name);
	b->dev = open(path, O_RDWR | O_CLOEXEC);
	if (b->dev < 0)
		return -errno;
	ret = setup_queues(b);
	if (!ret)
		ret = supply_memory(b);
	return ret;
}

int bridge_create(struct bridge *b)
{
	int ret;

	ret = describe(b);
	if (ret)
		return ret;
	b->control = open("/dev/vduse/control", O_RDWR | O_CLOEXEC);
	if (b->control < 0)
		return -errno;
	ret = create(b);
	if (!ret)
		ret = set_bounce_size(b);
	return ret ?: bridge_open(b);
}

void bridge_destroy(struct bridge *b)
{
	char name[VDUSE_NAME_MAX] = {};

	close(b->dev);
	snprintf(name, sizeof(name), "%s", b->name);
	if (ioctl(b->control, VDUSE_DESTROY_DEV, name))
		fprintf(stderr, "%s stays: %s\n", b->name, strerror(errno));
}

/* Return: the status is accepted */
static bool set_status(struct bridge *b, uint8_t status)
{
	if (!status) {
		bridge_stop(b, b->vu.fd >= 0);
		b->suspended = false;
	} else if (status & VIRTIO_CONFIG_S_DRIVER_OK && !b->running) {
		return !bridge_start(b, FROM_DRIVER);
	}
	return true;
}

static bool obey(struct bridge *b, const struct vduse_dev_request *request,
		 struct vduse_dev_response *response)
{
	uint32_t index;

	switch (request->type) {
	case VDUSE_SET_STATUS:
		return set_status(b, request->s.status);
	case VDUSE_GET_VQ_STATE:
		index = request->vq_state.index;
		response->vq_state.index = index;
		if (index < b->nqueues)
			response->vq_state.split.avail_index = b->queues[index].base;
		return index < b->nqueues;
	case VDUSE_UPDATE_IOTLB:
		return !bridge_remap(b);
	case VDUSE_SUSPEND:
		bridge_stop(b, b->vu.fd >= 0);
		b->suspended = true;
		return true;
	case VDUSE_RESUME:
		b->suspended = false;
		return !bridge_start(b, FROM_STOP);
	}
	return false;
}

void bridge_answer(struct bridge *b)
{
	struct vduse_dev_response response = {};
	struct vduse_dev_request request;

	if (read(b->dev, &request, sizeof(request)) != sizeof(request))
		return;
	response.request_id = request.request_id;
	if (!obey(b, &request, &response))
		response.result = VDUSE_REQ_RESULT_FAILED;
	if (write(b->dev, &response, sizeof(response)) != sizeof(response) && errno != ENOENT)
		perror("answering a message");
}
