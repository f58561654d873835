/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VF's INTx line as a VMM has it: interrupts by eventfd, and SET_IRQS for any index.
 * With a request that makes the device interrupt (ring.h).
 */
#ifndef LINE_H
#define LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ring.h"
#include "vf.h"

#define INTX	VFIO_PCI_INTX_IRQ_INDEX
#define MSIX	VFIO_PCI_MSIX_IRQ_INDEX

/* How long an interrupt that is due may take, and one that is not due is waited for */
#define SOON_MS		2000
#define NEVER_MS	20

/* The queue's bit of the ISR status */
#define LINE_QUEUE	1

struct line {
	struct vf *vf;
	struct ring ring;
	int fd;			/* signalled by the line */
};

/* VFIO_DEVICE_SET_IRQS: 0, or a negative errno. @len bytes of data follow the header */
int irqs(struct vf *vf, unsigned int index, uint32_t flags, unsigned int start,
	 unsigned int count, const void *data, size_t len);

/* The ways of index 0. An eventfd of -1 is taken away */
int intx_trigger(struct vf *vf, int fd);
int intx_off(struct vf *vf);
int intx_mask(struct vf *vf);
int intx_unmask(struct vf *vf);
int intx_unmask_fd(struct vf *vf, int fd);

/* An eventfd that does not block */
int event_new(void);
/* How often it was signalled since; 0 after @ms */
uint64_t event_wait(int fd, int ms);

/* A VF opened anew, its line enabled, memory mapped; no queue yet */
struct line *line_fresh(void);
/* The same with a driver that is ready */
struct line *line_running(void);
/* One request, completed: the device has interrupted, if it does */
void line_interrupt(struct line *line);
/* The ISR status; reading it clears it */
int line_isr(struct line *line);
/* Is PCI_STATUS's bit set? */
bool line_pending(struct line *line);
/* Until it is: an interrupt takes a moment longer than the used ring */
void line_wait_pending(struct line *line);
/* The ISR status as soon as it is not 0, or 0 */
int line_wait_isr(struct line *line);
/* PCI_COMMAND_INTX_DISABLE */
void line_disable(struct line *line, bool disabled);

/* A write of BAR0 that succeeds */
void line_put(struct line *line, unsigned int offset, size_t len, uint64_t value);
/* An interrupt came, once; or none does */
void line_signalled(struct line *line);
void line_silent(struct line *line);
/* As a guest's handler and the VMM's end of interrupt */
void line_handled(struct line *line);
/* One interrupt from the request to its end */
void line_works(struct line *line);

/* Interrupts of the vectors behind the lines of this VF, as the host has counted them */
long line_host_count(struct vf *vf);

#endif /* LINE_H */
