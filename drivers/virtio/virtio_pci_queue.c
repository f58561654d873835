// SPDX-License-Identifier: GPL-2.0-only
/*
 * How are a driver's virtqueues created and deleted?
 *
 * Vectors first, then the queues, then interrupt handlers, and only then are the queues
 * enabled: an attempt that fails half way leaves nothing in use, and handlers always
 * see the complete list of queues.
 */
#include <linux/err.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "virtio_pci.h"
#include "virtio_pci_admin_transport.h"

static struct virtqueue *vp_queue_create(struct vp_device *vp, u16 index,
					 const struct virtqueue_info *info)
{
	const struct vp_kind *kind = vp->kind;
	struct virtqueue *vq;
	unsigned int num;

	num = kind->queue_max(vp, index);
	if (!num) {
		dev_err(&vp->pci_dev->dev, "queue %u (%s): size 0 or already enabled\n", index,
			info->name);
		return ERR_PTR(-ENOENT);
	}
	vq = vring_create_virtqueue(index, num, kind->ring_align, &vp->vdev, true,
				    kind->ring_may_shrink, info->ctx,
				    __virtio_test_bit(&vp->vdev, VIRTIO_F_NOTIFICATION_DATA) ?
				    kind->notify_with_data : kind->notify,
				    info->callback, info->name);
	if (!vq)
		return ERR_PTR(-ENOMEM);
	vq->num_max = num;
	return vq;
}

/* Create the queue and set its addresses, but do not enable it */
static int vp_queue_setup(struct vp_device *vp, struct vp_queue *queue, u16 index,
			  const struct virtqueue_info *info, u16 vector)
{
	struct virtqueue *vq;
	int ret;

	lockdep_assert_held(&vp->select_lock);
	vq = vp_queue_create(vp, index, info);
	if (IS_ERR(vq))
		return PTR_ERR(vq);
	ret = vp->kind->queue_prepare(vp, vq);
	if (!ret && vector != VP_NO_VECTOR &&
	    vp->kind->queue_vector(vp, index, vector) != vector)
		ret = -EBUSY;
	if (ret) {
		vp->kind->queue_forget(vp, vq);
		vring_del_virtqueue(vq);
		return ret;
	}
	queue->vq = vq;
	return 0;
}

static void vp_queues_delete(struct vp_device *vp)
{
	vp_irq_remove(vp);
	mutex_lock(&vp->select_lock);
	for (unsigned int i = 0; i < vp->n_queues; i++) {
		struct virtqueue *vq = vp->queue[i].vq;

		if (!vq)
			continue;
		vp->kind->queue_forget(vp, vq);
		vring_del_virtqueue(vq);
	}
	mutex_unlock(&vp->select_lock);
	vp_irq_put_vectors(vp);
	kfree(vp->queue);
	vp->queue = NULL;
	vp->n_queues = 0;
}

/* A queue without a name is not used by the driver, and has no index */
static int vp_queues_create(struct vp_device *vp, unsigned int n,
			    const struct virtqueue_info *info)
{
	const struct vp_vectors_plan *plan = &vp->plan;
	u16 index = 0, vector = plan->queue;
	int ret = 0;

	vp->queue = kcalloc(n, sizeof(*vp->queue), GFP_KERNEL);
	if (!vp->queue)
		return -ENOMEM;
	vp->n_queues = n;
	mutex_lock(&vp->select_lock);
	for (unsigned int i = 0; i < n && !ret; i++) {
		struct vp_queue *queue = &vp->queue[i];
		bool interrupts = info[i].name && info[i].callback;

		queue->irq = -1;
		queue->vector = interrupts ? vector : VP_NO_VECTOR;
		if (!info[i].name)
			continue;
		ret = vp_queue_setup(vp, queue, index++, &info[i], queue->vector);
		if (interrupts && plan->own)
			vector++;
	}
	mutex_unlock(&vp->select_lock);
	return ret;
}

static void vp_queues_enable(struct vp_device *vp)
{
	mutex_lock(&vp->select_lock);
	for (unsigned int i = 0; i < vp->n_queues; i++)
		if (vp->queue[i].vq)
			vp->kind->queue_enable(vp, vp->queue[i].vq->index);
	mutex_unlock(&vp->select_lock);
}

static int vp_queues_attempt(struct vp_device *vp, const struct vp_vectors_plan *plan,
			     unsigned int n, const struct virtqueue_info *info,
			     const struct irq_affinity *affinity)
{
	int ret;

	ret = vp_irq_get_vectors(vp, plan, affinity);
	if (!ret)
		ret = vp_queues_create(vp, n, info);
	if (!ret)
		ret = vp_irq_install(vp);
	if (ret)
		vp_queues_delete(vp);
	return ret;
}

/* An error is not fatal: the driver's own queues work without an admin queue */
static void vp_queues_add_admin(struct vp_device *vp)
{
	int ret;

	mutex_lock(&vp->admin_lock);
	ret = vp_admin_setup_queue(vp, vp->plan.admin);
	mutex_unlock(&vp->admin_lock);
	/* -EINVAL was already logged, with the reason */
	if (ret && ret != -EINVAL)
		dev_warn(&vp->pci_dev->dev, "no admin queue (%d): VFs have no legacy access and no migration\n",
			 ret);
}

/* Return: 0 with the @nth best plan, or -ENOSPC */
static int vp_queues_plan(struct vp_device *vp, const struct vp_vectors_wish *wish,
			  unsigned int nth, struct vp_vectors_plan *plan)
{
	if (!vp->kind->offline)
		return vp_vectors_plan(wish, nth, plan);
	*plan = (struct vp_vectors_plan){
		.config = VP_NO_VECTOR, .queue = VP_NO_VECTOR, .admin = VP_NO_VECTOR,
	};
	return nth ? -ENOSPC : 0;
}

static void vp_queues_wish(struct vp_device *vp, unsigned int n,
			   const struct virtqueue_info *info, struct vp_vectors_wish *wish)
{
	u16 index;

	wish->msix = max(pci_msix_vec_count(vp->pci_dev), 0);
	wish->intx = vp->pci_dev->pin;
	wish->admin = vp->admin && !vp->kind->offline &&
		      __virtio_test_bit(&vp->vdev, VIRTIO_F_ADMIN_VQ) &&
		      !vp_modern_admin_queue(vp, &index);
	for (unsigned int i = 0; i < n; i++)
		wish->queues += info[i].name && info[i].callback;
}

/* Could another plan help? These errors do not depend on it, and were already logged */
static bool vp_queues_worth_retrying(int err)
{
	return err != -ENOENT && err != -ENOMEM && err != -E2BIG && err != -EINVAL;
}

static int vp_queues_find(struct vp_device *vp, unsigned int n, struct virtqueue *vqs[],
			  struct virtqueue_info info[], struct irq_affinity *affinity)
{
	struct vp_vectors_wish wish = {};
	struct vp_vectors_plan plan;
	int ret = -ENOSPC;

	lockdep_assert_held(&vp->queues_lock);
	vp_queues_wish(vp, n, info, &wish);
	for (unsigned int nth = 0; ret && vp_queues_worth_retrying(ret); nth++) {
		if (vp_queues_plan(vp, &wish, nth, &plan))
			break;
		ret = vp_queues_attempt(vp, &plan, n, info, affinity);
	}
	if (ret && vp_queues_worth_retrying(ret))
		dev_err(&vp->pci_dev->dev, "cannot set up queues (%d) with %u MSI-X vectors%s\n",
			ret, wish.msix, wish.intx ? " or INTx" : " and no INTx");
	if (ret)
		return ret;
	vp_queues_enable(vp);
	if (wish.admin)
		vp_queues_add_admin(vp);
	for (unsigned int i = 0; i < n; i++)
		vqs[i] = vp->queue[i].vq;
	return 0;
}

int vp_find_vqs(struct virtio_device *vdev, unsigned int n, struct virtqueue *vqs[],
		struct virtqueue_info info[], struct irq_affinity *affinity)
{
	struct vp_device *vp = to_vp_device(vdev);
	int ret;

	mutex_lock(&vp->queues_lock);
	ret = vp_queues_find(vp, n, vqs, info, affinity);
	mutex_unlock(&vp->queues_lock);
	return ret;
}

VIRTIO_DEFINE_FIND_VQS(vp_find_vqs)

void vp_del_vqs(struct virtio_device *vdev)
{
	struct vp_device *vp = to_vp_device(vdev);

	mutex_lock(&vp->queues_lock);
	/* the admin queue's handler must not run any more when its memory is freed */
	vp_irq_remove(vp);
	mutex_lock(&vp->admin_lock);
	vp_admin_del_queue(vp);
	mutex_unlock(&vp->admin_lock);
	vp_queues_delete(vp);
	mutex_unlock(&vp->queues_lock);
}
