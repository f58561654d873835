/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registering takes the eventfd and the interrupt as arguments since 6.17; before that they
 * are members. Without the manager nothing is registered.
 *
 * Remove when 6.16 and older are no longer built for; the stubs stay.
 */
#ifndef _COMPAT_LINUX_IRQBYPASS_H
#define _COMPAT_LINUX_IRQBYPASS_H

#include <linux/errno.h>
#include <linux/kconfig.h>
#include_next <linux/irqbypass.h>
#include <compat_probes.h>

struct eventfd_ctx;

#if !IS_ENABLED(CONFIG_IRQ_BYPASS_MANAGER)

static inline int compat_irq_bypass_register_producer(struct irq_bypass_producer *producer,
						      struct eventfd_ctx *eventfd, int irq)
{
	return -EOPNOTSUPP;
}

static inline void compat_irq_bypass_unregister_producer(struct irq_bypass_producer *producer)
{
}

#define irq_bypass_register_producer compat_irq_bypass_register_producer
#define irq_bypass_unregister_producer compat_irq_bypass_unregister_producer

#elif !defined(HAVE_IRQ_BYPASS_EVENTFD)

static inline int compat_irq_bypass_register_producer(struct irq_bypass_producer *producer,
						      struct eventfd_ctx *eventfd, int irq)
{
	producer->token = eventfd;
	producer->irq = irq;
	return irq_bypass_register_producer(producer);
}

static inline int compat_irq_bypass_register_consumer(struct irq_bypass_consumer *consumer,
						      struct eventfd_ctx *eventfd)
{
	consumer->token = eventfd;
	return irq_bypass_register_consumer(consumer);
}

#define irq_bypass_register_producer compat_irq_bypass_register_producer
#define irq_bypass_register_consumer compat_irq_bypass_register_consumer

#endif

#endif /* _COMPAT_LINUX_IRQBYPASS_H */
