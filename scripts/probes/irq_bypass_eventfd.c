// SPDX-License-Identifier: GPL-2.0-only
/* irq_bypass_register_producer() takes the eventfd and the interrupt (6.17) */
#include <linux/irqbypass.h>

int probe(struct irq_bypass_producer *producer, struct eventfd_ctx *eventfd);
int probe(struct irq_bypass_producer *producer, struct eventfd_ctx *eventfd)
{
	return irq_bypass_register_producer(producer, eventfd, 1);
}
