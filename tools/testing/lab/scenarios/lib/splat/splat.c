// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kernel that goes wrong on purpose, for tests of the lab itself:
 * insmod splat.ko how=warn|oops|panic|freeze|leak
 */
#include <linux/cpumask.h>
#include <linux/module.h>
#include <linux/processor.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/stop_machine.h>
#include <linux/string.h>

static char *how = "warn";
module_param(how, charp, 0);
MODULE_PARM_DESC(how, "warn, oops, panic, freeze or leak");

static int freeze(void *frozen)
{
	/* no agent gets to send this one */
	if (smp_processor_id() == cpumask_first(cpu_online_mask))
		pr_info("splat: a freeze on purpose\n");
	while (READ_ONCE(*(bool *)frozen))
		cpu_relax();
	return 0;
}

static void warn(void)
{
	WARN(1, "splat: a warning on purpose\n");
}

static void oops(void)
{
	*(volatile int *)8 = 1;
}

static void end_in_panic(void)
{
	panic("splat: a panic on purpose");
}

/* Interrupts are off on every CPU while this runs, and it does not end. */
static void freeze_all(void)
{
	bool frozen = true;

	stop_machine(freeze, &frozen, cpu_online_mask);
}

/* Several, for a stale word somewhere may look like a pointer to one */
/* not part of what is gone when the module has been loaded: its name is looked up later */
static noinline void leak(void)
{
	for (int i = 0; i < 10; i++)
		if (!kzalloc(100, GFP_KERNEL))
			pr_warn("splat: no memory to lose\n");
}

static const struct {
	const char *name;
	void (*call)(void);
} ways[] = {
	{ "warn", warn },
	{ "oops", oops },
	{ "panic", end_in_panic },
	{ "freeze", freeze_all },
	{ "leak", leak },
};

static int __init splat_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ways); i++)
		if (!strcmp(how, ways[i].name)) {
			ways[i].call();
			return 0;
		}
	return -EINVAL;
}
module_init(splat_init);

static void __exit splat_exit(void)
{
}
module_exit(splat_exit);

MODULE_DESCRIPTION("Goes wrong on purpose, for tests of the lab");
MODULE_LICENSE("GPL");
