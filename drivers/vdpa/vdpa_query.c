// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is a device queried with a timeout?
 *
 * Netlink requests run under a lock of generic netlink. When a module registers a family
 * meanwhile, every request on the host waits for that lock until this request ends. So
 * the parent is called from a work item, for which the request waits with a timeout. Each
 * device has one query at a time: abandoned queries do not pile up behind a device that
 * does not answer.
 */
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <uapi/linux/virtio_config.h>

#include "vdpa_priv.h"

static struct workqueue_struct *vdpa_query_wq;

static void vdpa_query_release(struct kref *ref)
{
	kfree(container_of(ref, struct vdpa_query, ref));
}

void vdpa_query_put(struct vdpa_query *query)
{
	kref_put(&query->ref, vdpa_query_release);
}

/* Features count as negotiated from FEATURES_OK on */
static void vdpa_query_config(struct vdpa_device *vdev, struct vdpa_query *query)
{
	query->negotiated = vdev->config->get_status(vdev) & VIRTIO_CONFIG_S_FEATURES_OK;
	query->driver_features = vdpa_driver_features(vdev);
	query->config_size = min_t(size_t, sizeof(query->config), vdev->info.config_size);
	vdev->config->get_config(vdev, 0, query->config, query->config_size);
}

static void vdpa_query_stats(struct vdpa_device *vdev, struct vdpa_query *query)
{
	int count;

	if (!query->negotiated) {
		query->err = -EAGAIN;
		return;
	}
	count = vdev->config->get_vq_stats(vdev, query->queue, query->stats,
					   ARRAY_SIZE(query->stats));
	if (count < 0)
		query->err = count;
	else
		query->nstats = min_t(int, count, ARRAY_SIZE(query->stats));
}

static void vdpa_query_run(struct work_struct *work)
{
	struct vdpa_query *query = container_of(work, struct vdpa_query, work);
	struct vdpa_device *vdev = query->vdev;

	mutex_lock(&vdev->config_lock);
	vdpa_query_config(vdev, query);
	if (query->queue >= 0)
		vdpa_query_stats(vdev, query);
	mutex_unlock(&vdev->config_lock);
	WRITE_ONCE(vdev->query_since, 0);
	up(&vdev->query_slot);
	complete(&query->done);
	vdpa_device_unuse(vdev);
	vdpa_query_put(query);
}

/*
 * Return: 0 with the device's slot taken, or -EBUSY: the query before has got no answer.
 * Immediately when it has been waiting for longer than @limit already.
 */
static int vdpa_query_begin(struct vdpa_device *vdev, unsigned long limit)
{
	unsigned long since;

	if (down_trylock(&vdev->query_slot)) {
		since = READ_ONCE(vdev->query_since);
		if (since && time_after(jiffies, since + limit))
			return -EBUSY;
		if (down_timeout(&vdev->query_slot, limit))
			return -EBUSY;
	}
	/* 0: no query is running */
	WRITE_ONCE(vdev->query_since, jiffies ?: 1);
	return 0;
}

static struct vdpa_query *vdpa_query_alloc(struct vdpa_device *vdev, int queue)
{
	struct vdpa_query *query = kzalloc(sizeof(*query), GFP_KERNEL);

	if (!query)
		return NULL;
	query->vdev = vdev;
	query->queue = queue;
	/* one reference for the caller, one for the work */
	kref_init(&query->ref);
	kref_get(&query->ref);
	init_completion(&query->done);
	INIT_WORK(&query->work, vdpa_query_run);
	return query;
}

struct vdpa_query *vdpa_query(struct vdpa_device *vdev, int queue, unsigned int limit_ms)
{
	unsigned long limit = msecs_to_jiffies(limit_ms) + 1, end = jiffies + limit;
	struct vdpa_query *query;
	long left;
	int ret;

	query = vdpa_query_alloc(vdev, queue);
	if (!query)
		return ERR_PTR(-ENOMEM);
	ret = vdpa_query_begin(vdev, limit);
	if (ret) {
		kfree(query);
		return ERR_PTR(ret);
	}
	vdpa_device_use_again(vdev);
	queue_work(vdpa_query_wq, &query->work);
	limit = time_before(jiffies, end) ? end - jiffies : 1;
	left = wait_for_completion_killable_timeout(&query->done, limit);
	ret = left > 0 ? query->err : left ? -EINTR : -EBUSY;
	if (!ret)
		return query;
	vdpa_query_put(query);
	return ERR_PTR(ret);
}

int vdpa_query_init(void)
{
	vdpa_query_wq = alloc_workqueue("vdpa_query", WQ_UNBOUND, WQ_MAX_ACTIVE);
	return vdpa_query_wq ? 0 : -ENOMEM;
}

void vdpa_query_exit(void)
{
	destroy_workqueue(vdpa_query_wq);
}
