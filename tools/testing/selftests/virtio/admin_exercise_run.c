// SPDX-License-Identifier: GPL-2.0-only
/* How is a call made and counted? By the writer of a command line, or by kernel threads. */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "admin_exercise.h"

static void exercise_count_error(struct exercise_run *run, int err, unsigned int n)
{
	for (int i = 0; i < EXERCISE_ERRORS; i++) {
		if (run->errors[i].n && run->errors[i].err != err)
			continue;
		run->errors[i].err = err;
		run->errors[i].n += n;
		return;
	}
}

int exercise_once(struct exercise_vf *vf, struct exercise_run *run, const struct exercise_op *op)
{
	u64 start = ktime_get_ns(), took;
	int ret;

	run->n_bytes = 0;
	run->n_list = 0;
	ret = op->call(vf->pdev, run);
	took = ktime_get_ns() - start;
	run->calls++;
	run->total_ns += took;
	run->max_ns = max(run->max_ns, took);
	if (run->n_samples < run->max_samples)
		run->samples[run->n_samples++] = min_t(u64, took, U32_MAX);
	if (ret) {
		exercise_count_error(run, ret, 1);
		run->n_bytes = 0;
		run->n_list = 0;
	} else {
		run->ok++;
	}
	return ret;
}

/* --- threads --- */

static unsigned int pace_us;
module_param(pace_us, uint, 0644);
MODULE_PARM_DESC(pace_us, "pause of a thread after each call, in microseconds (default 0)");

static int exercise_thread_run(void *data)
{
	struct exercise_thread *thread = data;

	while (!kthread_should_stop()) {
		unsigned int pause = READ_ONCE(pace_us);

		/* a device that is away answers at once: do not spin */
		if (exercise_once(thread->vf, &thread->run, thread->op))
			pause = max(pause, 100U);
		if (pause)
			usleep_range(pause, 2 * pause);
		cond_resched();
	}
	return 0;
}

static void exercise_merge(struct exercise_run *to, const struct exercise_run *from)
{
	to->calls += from->calls;
	to->ok += from->ok;
	to->total_ns += from->total_ns;
	to->max_ns = max(to->max_ns, from->max_ns);
	for (int i = 0; i < EXERCISE_ERRORS && from->errors[i].n; i++)
		exercise_count_error(to, from->errors[i].err, from->errors[i].n);
}

void exercise_stop(struct exercise_vf *vf, struct exercise_run *run)
{
	mutex_lock(&vf->lock);
	while (vf->n_threads) {
		struct exercise_thread *thread = vf->threads[--vf->n_threads];

		kthread_stop(thread->task);
		exercise_merge(run, &thread->run);
		kfree(thread);
	}
	mutex_unlock(&vf->lock);
}

static int exercise_start_one(struct exercise_vf *vf, const struct exercise_run *run,
			      const struct exercise_op *op)
{
	struct exercise_thread *thread = kzalloc(sizeof(*thread), GFP_KERNEL);

	lockdep_assert_held(&vf->lock);
	if (!thread)
		return -ENOMEM;
	thread->vf = vf;
	thread->op = op;
	memcpy(thread->run.args, run->args, sizeof(run->args));
	thread->task = kthread_run(exercise_thread_run, thread, "admin_exercise");
	if (IS_ERR(thread->task)) {
		int ret = PTR_ERR(thread->task);

		kfree(thread);
		return ret;
	}
	vf->threads[vf->n_threads++] = thread;
	return 0;
}

int exercise_start(struct exercise_vf *vf, const struct exercise_run *run,
		   const struct exercise_op *op, unsigned int n)
{
	int ret = 0;

	mutex_lock(&vf->lock);
	if (n > EXERCISE_THREADS - vf->n_threads)
		ret = -EBUSY;
	for (; n && !ret; n--)
		ret = exercise_start_one(vf, run, op);
	mutex_unlock(&vf->lock);
	return ret;
}
