// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does what a device has used get from our rings to the guest's? A thread polls our
 * rings, copies (relay.c), signals the guest's eventfds and notifies the device.
 *
 * The device gets no vector for these queues: an interrupt that arrives before the copy
 * is made would find nothing. It is polled each millisecond, and more often while there is
 * something to do. Guest memory is accessed by vfio_dma_rw() only, so the user may map and
 * unmap what it likes.
 *
 * A page may be one that never comes: of a file whose server is silent, or of userfaultfd. So
 * whoever waits for a pass can be killed, and the thread itself is killed when it has to end:
 * a close is waited for by other VFs.
 */
#include <linux/err.h>
#include <linux/hrtimer.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/pci.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/signal.h>
#include <linux/vfio.h>
#include <linux/wait.h>

#include "virtiovf.h"

#define BUSY_NS		(50 * NSEC_PER_USEC)
#define IDLE_NS		NSEC_PER_MSEC
/* Passes without anything new before it is idle */
#define BUSY_PASSES	40

static struct virtiovf_device *of_memory(struct virtiovf_relay_memory *memory)
{
	return container_of(memory, struct virtiovf_device, interpose.memory);
}

/* What is in progress ends as well: a pass may be long, if the guest wants it to be */
static bool given_up(struct virtiovf_interpose *ip)
{
	return READ_ONCE(ip->gone) || READ_ONCE(ip->quit);
}

int virtiovf_interpose_read(struct virtiovf_relay_memory *memory, u64 addr, void *buf, u32 len)
{
	struct virtiovf_device *vf = of_memory(memory);

	if (given_up(&vf->interpose))
		return -ECANCELED;
	return vfio_dma_rw(&vf->core.vdev, addr, buf, len, false);
}

int virtiovf_interpose_write(struct virtiovf_relay_memory *memory, u64 addr, const void *buf,
			     u32 len)
{
	struct virtiovf_device *vf = of_memory(memory);

	if (given_up(&vf->interpose))
		return -ECANCELED;
	return vfio_dma_rw(&vf->core.vdev, addr, (void *)buf, len, true);
}

void virtiovf_interpose_mark(struct virtiovf_relay_memory *memory, u64 first, u64 last)
{
	struct virtiovf_interpose *ip = &of_memory(memory)->interpose;

	if (ip->bits.words)
		virtiovf_dirty_bits_mark(&ip->bits, first, last);
}

/* With INTx the guest has no vectors. Context: may sleep */
void virtiovf_interpose_interrupt(struct virtiovf_device *vf,
				  const struct virtiovf_interpose_queue *queue)
{
	if (virtiovf_intx_guest_msix(vf))
		virtiovf_guest_irqs_signal(vf, queue->place.vector);
	else
		virtiovf_intx_interrupt(vf, VIRTIOVF_ISR_QUEUE);
}

static void lose(struct virtiovf_device *vf, const struct virtiovf_interpose_queue *queue, int err)
{
	virtiovf_dirty_lose(vf, -EIO);
	dev_warn_ratelimited(&vf->core.pdev->dev,
			     "dirty pages: queue %u: %s: %d; no report until it is started again\n",
			     queue->place.index, queue->failed ? "rings are not accessible" :
			     "a chain makes no sense", err);
}

/* Return: whether there is more to do */
static bool serve(struct virtiovf_device *vf, struct virtiovf_interpose_queue *queue, bool *more)
{
	struct virtiovf_relay_result result;
	int ret;

	ret = virtiovf_relay_pass(&queue->relay, &result);
	if (given_up(&vf->interpose))
		return false;
	if (ret) {
		queue->failed = true;
		lose(vf, queue, ret);
	} else if (result.error) {
		lose(vf, queue, result.error);
	}
	if (result.interrupt)
		virtiovf_interpose_interrupt(vf, queue);
	queue->kick |= result.kick;
	/* otherwise in the next pass: what it takes is locked by a reset */
	if (queue->kick && virtiovf_interpose_notify(vf, queue) != -EAGAIN)
		queue->kick = false;
	*more |= result.more;
	return result.copied || result.added;
}

/* Return: whether there was anything new; *@more: and there is more */
static bool pass(struct virtiovf_device *vf, bool *more)
{
	struct virtiovf_interpose *ip = &vf->interpose;
	bool busy = false;

	*more = false;
	mutex_lock(&ip->lock);
	for (unsigned int i = 0; i < ip->count && !given_up(ip); i++)
		if (!ip->queues[i].dropped && !ip->queues[i].failed)
			busy |= serve(vf, &ip->queues[i], more);
	mutex_unlock(&ip->lock);
	return busy;
}

static void sleep_until_asked(struct virtiovf_interpose *ip, unsigned long asked, u64 ns)
{
	wait_event_interruptible_hrtimeout(ip->wait, kthread_should_stop() ||
					   READ_ONCE(ip->asked) != asked, ns_to_ktime(ns));
}

static int thread(void *data)
{
	struct virtiovf_device *vf = data;
	struct virtiovf_interpose *ip = &vf->interpose;
	unsigned int quiet = 0;

	/* by virtiovf_interpose_stop() alone */
	allow_kernel_signal(SIGKILL);
	while (!kthread_should_stop()) {
		/* pairs with virtiovf_interpose_flush(): the device had stopped by then */
		unsigned long asked = smp_load_acquire(&ip->asked);
		bool more;

		if (pass(vf, &more))
			quiet = 0;
		else
			quiet++;
		cond_resched();
		if (more)
			continue;
		if (ip->done != asked) {
			/* pairs with virtiovf_interpose_flush(): after the copies */
			smp_store_release(&ip->done, asked);
			wake_up_all(&ip->wait);
		}
		sleep_until_asked(ip, asked, quiet < BUSY_PASSES ? BUSY_NS : IDLE_NS);
	}
	return 0;
}

/* Make the thread, which does not run yet */
int virtiovf_interpose_prepare(struct virtiovf_device *vf)
{
	struct virtiovf_interpose *ip = &vf->interpose;
	struct task_struct *task;

	ip->asked = 0;
	ip->done = 0;
	task = kthread_create(thread, vf, "virtiovf-dirty/%s", pci_name(vf->core.pdev));
	if (IS_ERR(task))
		return PTR_ERR(task);
	ip->thread = task;
	return 0;
}

void virtiovf_interpose_run(struct virtiovf_device *vf)
{
	wake_up_process(vf->interpose.thread);
}

/*
 * Wait until all that the device had used is copied. Context: the device is stopped, and the
 * thread runs or there is none. Return: 0 or -EINTR
 */
int virtiovf_interpose_flush(struct virtiovf_device *vf)
{
	struct virtiovf_interpose *ip = &vf->interpose;
	unsigned long asked;

	lockdep_assert_held(&vf->migration.lock);
	if (!ip->thread)
		return 0;
	asked = ip->asked + 1;
	/* pairs with thread(): after the device has stopped */
	smp_store_release(&ip->asked, asked);
	wake_up_all(&ip->wait);
	/* pairs with thread(): before the guest's rings are used */
	return wait_event_killable(ip->wait, smp_load_acquire(&ip->done) == asked) ? -EINTR : 0;
}

/*
 * Wait until a pass that began before a reset has ended. Context: no lock. If the caller is
 * killed meanwhile, so is the guest whose memory it is.
 */
void virtiovf_interpose_settle(struct virtiovf_device *vf)
{
	struct virtiovf_interpose *ip = &vf->interpose;

	if (!READ_ONCE(ip->gone) || mutex_lock_killable(&ip->lock))
		return;
	mutex_unlock(&ip->lock);
}

/* Nothing is copied after this. What the thread is waiting for is not waited for. */
void virtiovf_interpose_stop(struct virtiovf_device *vf)
{
	struct virtiovf_interpose *ip = &vf->interpose;

	if (!ip->thread)
		return;
	WRITE_ONCE(ip->quit, true);
	send_sig(SIGKILL, ip->thread, 1);
	kthread_stop(ip->thread);
	ip->thread = NULL;
}
