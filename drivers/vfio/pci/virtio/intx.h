/* SPDX-License-Identifier: GPL-2.0-only */
/* An emulated INTx line for a VF: shared by the files intx*.c. */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_INTX_H
#define DRIVERS_VFIO_PCI_VIRTIO_INTX_H

#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "intx_setup.h"
#include "intx_state.h"

struct virqfd;
struct virtiovf_device;
struct virtiovf_intx_saved;
struct virtiovf_intx_trigger;

enum {
	VIRTIOVF_CONFIG_INTERRUPT,	/* vector 0: the configuration has changed */
	VIRTIOVF_QUEUE_INTERRUPT,	/* vector 1: all queues */
	VIRTIOVF_INTX_VECTORS
};

/**
 * struct virtiovf_intx_vector - one of the MSI-X vectors behind the line
 * @vf: the function
 * @bits: the ISR status of its interrupts
 * @name: in /proc/interrupts
 */
struct virtiovf_intx_vector {
	struct virtiovf_device *vf;
	u8 bits;
	char name[40];
};

/**
 * struct virtiovf_intx - the line, and what is behind it
 * @pin: the function is shown with an interrupt pin; never changes
 * @irqs_lock: serializes SET_IRQS of index 0 with MSI and MSI-X. Above bar0_lock
 * @unmask: the eventfd that unmasks, or NULL; under @irqs_lock
 * @vector: argument of the interrupt handlers
 * @allocated: the vectors are requested; under bar0_lock. Only while the state is enabled
 * @lock: protects all below. Taken by interrupt handlers
 * @state: the line. Enabled and turned off with @irqs_lock and bar0_lock held as well
 * @trigger: the eventfd to signal; under RCU, so it is signalled without a lock
 * @setup: what the driver has set up
 * @accept: interrupts are accepted, and the ISR status is @state's, not the device's
 * @programmed: the device has the vectors of all queues that are set up
 * @resets: number of resets of the device, to detect one while vectors are programmed
 */
struct virtiovf_intx {
	bool pin;

	struct mutex irqs_lock;		/* above bar0_lock */
	struct virqfd *unmask;

	struct virtiovf_intx_vector vector[VIRTIOVF_INTX_VECTORS];
	bool allocated;

	spinlock_t lock;	/* a leaf */
	struct virtiovf_intx_state state;
	struct virtiovf_intx_trigger __rcu *trigger;
	struct virtiovf_setup setup;
	bool accept;
	bool programmed;
	unsigned int resets;
};

/* intx.c */
void virtiovf_intx_init(struct virtiovf_device *vf);
void virtiovf_intx_open(struct virtiovf_device *vf);
void virtiovf_intx_exit(void);
bool virtiovf_intx_guest_msix(struct virtiovf_device *vf);
struct virtiovf_intx_trigger *virtiovf_intx_get_trigger(int fd);
void virtiovf_intx_put_trigger(struct virtiovf_intx_trigger *trigger);
void virtiovf_intx_set_trigger(struct virtiovf_device *vf, struct virtiovf_intx_trigger *trigger);
void virtiovf_intx_signal(struct virtiovf_device *vf);
void virtiovf_intx_interrupt(struct virtiovf_device *vf, u8 bits);
void virtiovf_intx_forget_vectors(struct virtiovf_intx *intx);
bool virtiovf_intx_pending(struct virtiovf_device *vf);
bool virtiovf_intx_read_isr(struct virtiovf_device *vf, u8 *status);
void virtiovf_intx_add_isr(struct virtiovf_device *vf, u8 *status);

/* intx_vectors.c */
#define VIRTIOVF_NO_QUEUE	(-1)
int virtiovf_intx_arm(struct virtiovf_device *vf, int new_queue);
int virtiovf_intx_arm_moved(struct virtiovf_device *vf, bool has_vectors);
void virtiovf_intx_disarm(struct virtiovf_device *vf, bool tell_device);

/* intx_guest.c */
void virtiovf_intx_written(struct virtiovf_device *vf, u32 offset, u32 len, const u8 *bytes);
void virtiovf_intx_modern_written(struct virtiovf_device *vf, u32 offset, u32 len,
				  const u8 *bytes);
void virtiovf_intx_write_failed(struct virtiovf_device *vf);
void virtiovf_intx_command_written(struct virtiovf_device *vf);
void virtiovf_intx_function_reset(struct virtiovf_device *vf);
int virtiovf_intx_moved_master(struct virtiovf_device *vf);

/* intx_move.c */
int virtiovf_intx_save(struct virtiovf_device *vf, struct virtiovf_intx_saved *saved);
int virtiovf_intx_restore(struct virtiovf_device *vf, const struct virtiovf_intx_saved *saved);

/* intx_irqs.c */
long virtiovf_intx_irq_info(struct virtiovf_device *vf, unsigned long arg);
long virtiovf_intx_set_irqs(struct virtiovf_device *vf, unsigned long arg);
void virtiovf_intx_close(struct virtiovf_device *vf);

#endif /* DRIVERS_VFIO_PCI_VIRTIO_INTX_H */
